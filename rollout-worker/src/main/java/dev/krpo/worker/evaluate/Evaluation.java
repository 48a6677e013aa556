package dev.krpo.worker.evaluate;

import dev.krpo.policy.Policy;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionedPolicy;
import dev.krpo.schemas.Prompt;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Episode;
import dev.krpo.worker.reward.Score;
import dev.krpo.worker.task.PromptEncoder;
import dev.krpo.worker.task.UnusablePromptException;
import java.util.ArrayList;
import java.util.List;

/**
 * The greedy completions of a policy, with their scores.
 *
 * @param answers one per prompt, in the same order; at least one
 */
public record Evaluation(List<Answer> answers) {

    private static final int BATCH = 256;

    /**
     * The policy's answer to a prompt.
     *
     * @param completion its text
     * @param score as the environment gives it, without the penalty of {@code worker.overlongTokens}
     */
    public record Answer(Prompt prompt, String completion, Score score) {}

    /**
     * Completes each prompt with the most probable tokens and scores it.
     *
     * @param maxNewTokens maximum completion length in tokens, > 0
     * @throws IllegalArgumentException if there are no prompts, or the policy cannot accept one of them
     * @throws dev.krpo.worker.environment.UnscoredException at the first completion without a score
     */
    public static Evaluation greedy(Policy policy, List<Prompt> prompts, int maxNewTokens, Environment environment) {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("there are no prompts to evaluate the policy on; give at least one");
        }
        List<String> texts = new ArrayList<>(prompts.size());
        List<Episode> episodes = new ArrayList<>(prompts.size());
        for (int start = 0; start < prompts.size(); start += BATCH) {
            List<Prompt> batch = prompts.subList(start, Math.min(prompts.size(), start + BATCH));
            List<Completion> completions = complete(policy, batch, maxNewTokens);
            for (int i = 0; i < batch.size(); i++) {
                Prompt prompt = batch.get(i);
                Episode episode = environment.start("held-out prompt " + prompt.getPromptId(), prompt);
                texts.add(policy.tokenizer().decode(completions.get(i).tokens()));
                episode.act(completions.get(i), texts.get(texts.size() - 1));
                episodes.add(episode);
            }
        }
        List<Answer> answers = new ArrayList<>(prompts.size());
        for (int i = 0; i < prompts.size(); i++) {
            answers.add(new Answer(prompts.get(i), texts.get(i), episodes.get(i).score()));
        }
        return new Evaluation(List.copyOf(answers));
    }

    private static List<Completion> complete(Policy policy, List<Prompt> prompts, int maxNewTokens) {
        PromptEncoder encoder =
                new PromptEncoder(policy.tokenizer(), policy.config().maxPositions());
        List<CompletionRequest> rows = new ArrayList<>(prompts.size());
        try {
            for (Prompt prompt : prompts) {
                rows.add(new CompletionRequest(encoder.encode(prompt, maxNewTokens), 0));
            }
        } catch (UnusablePromptException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        return new Sampler(() -> fixed).generate(rows, SamplingOptions.greedy(maxNewTokens));
    }

    /** Mean of the scores; the accuracy, if the reward is 1 or 0. */
    public double meanReward() {
        return answers.stream().mapToDouble(answer -> answer.score().total()).sum() / answers.size();
    }

    /** True if every score is 1 or 0, so that the mean is the share of correct answers. */
    public boolean isRightOrWrong() {
        return answers.stream()
                .mapToDouble(answer -> answer.score().total())
                .allMatch(total -> total == 0 || total == 1);
    }
}
