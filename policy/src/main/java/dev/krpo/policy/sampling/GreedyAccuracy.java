package dev.krpo.policy.sampling;

import dev.krpo.policy.Policy;
import java.util.ArrayList;
import java.util.List;

/** The share of questions that the most probable completion answers exactly. */
public final class GreedyAccuracy {

    private static final int BATCH = 256;

    private GreedyAccuracy() {}

    /** A prompt text and its right answer. */
    public record Question(String text, String answer) {}

    /** Between 0 and 1. */
    public static double of(Policy policy, List<Question> questions, int maxNewTokens) {
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("there are no questions to answer");
        }
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        Sampler sampler = new Sampler(() -> fixed);
        int right = 0;
        for (int start = 0; start < questions.size(); start += BATCH) {
            List<Question> batch = questions.subList(start, Math.min(questions.size(), start + BATCH));
            List<CompletionRequest> requests = new ArrayList<>();
            for (Question question : batch) {
                requests.add(new CompletionRequest(policy.tokenizer().encode(question.text()), 0));
            }
            List<Completion> completions = sampler.generate(requests, SamplingOptions.greedy(maxNewTokens));
            for (int i = 0; i < batch.size(); i++) {
                String text = policy.tokenizer().decode(completions.get(i).tokens());
                right += text.trim().equals(batch.get(i).answer()) ? 1 : 0;
            }
        }
        return (double) right / questions.size();
    }
}
