package dev.krpo.learner.pretrain;

import dev.krpo.learner.Learner;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.learner.StepStatistics;
import dev.krpo.learner.TrainingSequence;
import dev.krpo.policy.Policy;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;

/** The supervised start of a base model: next-token cross entropy on answers. */
public final class Pretraining {

    private Pretraining() {}

    /** A prompt, and the completion to imitate. */
    public record Example(String prompt, String completion) {}

    /**
     * @param policy trained in place
     * @param examples drawn with replacement, determined by the seed
     * @param progress called with each step, from 1, and its statistics
     */
    public static void run(
            Policy policy,
            List<Example> examples,
            int steps,
            int batchSize,
            double learningRate,
            long seed,
            BiConsumer<Integer, StepStatistics> progress) {
        LearnerOptions options = LearnerOptions.of(
                Config.defaults()
                        .with(LearnerOptions.LEARNING_RATE, learningRate)
                        .with(LearnerOptions.WARMUP_STEPS, Math.min(20, steps)),
                1);
        List<TrainingSequence> sequences = examples.stream()
                .map(example -> sequence(policy.tokenizer(), example))
                .toList();
        Random random = new Random(seed);
        // The policy outlives its learner here, so the learner is not closed: that would close the policy.
        Learner learner = new Learner(policy, null, options);
        for (int step = 1; step <= steps; step++) {
            List<TrainingSequence> batch = new ArrayList<>(batchSize);
            for (int i = 0; i < batchSize; i++) {
                batch.add(sequences.get(random.nextInt(sequences.size())));
            }
            progress.accept(step, learner.imitate(batch));
        }
    }

    private static TrainingSequence sequence(Tokenizer tokenizer, Example example) {
        int[] answer = tokenizer.encode(example.completion());
        int[] completion = Arrays.copyOf(answer, answer.length + 1);
        completion[answer.length] = tokenizer.eosId();
        return new TrainingSequence(
                tokenizer.encodePrompt(example.prompt()), completion, new float[completion.length], 1, 1);
    }
}
