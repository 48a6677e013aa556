package dev.krpo.policy.sampling;

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
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("There are no questions to measure accuracy on");
        }
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        Sampler sampler = new Sampler(() -> fixed);
        SamplingOptions options = SamplingOptions.greedy(maxNewTokens);
        int right = 0;
        for (int start = 0; start < questions.size(); start += BATCH) {
            List<Question> batch = questions.subList(start, Math.min(questions.size(), start + BATCH));
            List<CompletionRequest> requests = new ArrayList<>();
            batch.forEach(question ->
                    requests.add(new CompletionRequest(policy.tokenizer().encode(question.text()), 0)));
            List<Completion> completions = sampler.generate(requests, options);
            for (int i = 0; i < batch.size(); i++) {
                String text = policy.tokenizer().decode(completions.get(i).tokens());
                right += text.strip().equals(batch.get(i).answer().strip()) ? 1 : 0;
            }
        }
        return (double) right / questions.size();
    }
}
