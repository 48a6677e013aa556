package dev.krpo.policy.generate;

import dev.krpo.policy.Policy;
import java.util.ArrayList;
import java.util.List;

/** How many questions a policy answers rightly when it always takes the most probable token. */
public final class GreedyAccuracy {

    private static final int BATCH = 256;

    private GreedyAccuracy() {}

    /**
     * A prompt with its right answer.
     *
     * @param text the prompt
     * @param answer what the completion must be, surrounding space aside
     */
    public record Question(String text, String answer) {}

    /**
     * Share of the questions whose greedy completion is exactly the answer, surrounding space aside.
     *
     * @return in [0, 1]
     * @throws IllegalArgumentException if there are no questions, or one cannot be encoded
     */
    public static double of(Policy policy, List<Question> questions, int maxNewTokens) {
        return share(questions, completions(policy, questions, maxNewTokens));
    }

    /** Share of the completions that are exactly the answer of their question, surrounding space aside, in [0, 1]. */
    public static double share(List<Question> questions, List<String> completions) {
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("There are no questions to measure accuracy on");
        }
        int right = 0;
        for (int i = 0; i < questions.size(); i++) {
            right += completions.get(i).strip().equals(questions.get(i).answer().strip()) ? 1 : 0;
        }
        return (double) right / questions.size();
    }

    /**
     * The greedy completion of each question, as text.
     *
     * @throws IllegalArgumentException if a question cannot be encoded
     */
    public static List<String> completions(Policy policy, List<Question> questions, int maxNewTokens) {
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        Sampler sampler = new Sampler(() -> fixed);
        SamplingOptions options = SamplingOptions.greedy(maxNewTokens);
        List<String> texts = new ArrayList<>(questions.size());
        for (int start = 0; start < questions.size(); start += BATCH) {
            List<Question> batch = questions.subList(start, Math.min(questions.size(), start + BATCH));
            List<CompletionRequest> requests = new ArrayList<>();
            batch.forEach(question ->
                    requests.add(new CompletionRequest(policy.tokenizer().encode(question.text()), 0)));
            List<Completion> completions = sampler.generate(requests, options);
            completions.forEach(completion -> texts.add(policy.tokenizer().decode(completion.tokens())));
        }
        return texts;
    }
}
