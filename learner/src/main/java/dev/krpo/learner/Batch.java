package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.normalize.AdvantageNormalization;
import java.util.List;

/**
 * Sequences as right-padded arrays. Time runs over prompt and completion without the last token, and position t
 * predicts token t + 1.
 *
 * @param tokens int64 {@code [batch, time]}, the model's input
 * @param targets int64 {@code [batch, time]}, the tokens it predicts
 * @param mask 1 where the target is a completion token, {@code [batch, time]}
 * @param behaviourLogProbs of the targets, 0 outside the mask, {@code [batch, time]}
 * @param advantages normalised, {@code [batch, 1]}
 * @param temperatures {@code [batch, 1, 1]}
 */
record Batch(
        NDArray tokens,
        NDArray targets,
        NDArray mask,
        NDArray behaviourLogProbs,
        NDArray advantages,
        NDArray temperatures,
        long promptTokens,
        long completionTokens) {

    static Batch of(
            NDManager manager, List<TrainingSequence> sequences, int padId, AdvantageNormalization normalization) {
        int rows = sequences.size();
        int time = sequences.stream()
                        .mapToInt(sequence -> sequence.prompt().length + sequence.completion().length)
                        .max()
                        .orElseThrow()
                - 1;
        int cells = Math.multiplyExact(rows, time);
        long[] tokens = new long[cells];
        long[] targets = new long[cells];
        float[] mask = new float[cells];
        float[] logProbs = new float[cells];
        double[] normalised = normalization.apply(
                sequences.stream().mapToDouble(TrainingSequence::advantage).toArray(),
                sequences.stream()
                        .mapToInt(sequence -> sequence.completion().length)
                        .toArray());
        float[] advantages = new float[rows];
        float[] temperatures = new float[rows];
        java.util.Arrays.fill(tokens, padId);
        java.util.Arrays.fill(targets, padId);
        long promptTokens = 0;
        long completionTokens = 0;
        for (int row = 0; row < rows; row++) {
            TrainingSequence sequence = sequences.get(row);
            int[] prompt = sequence.prompt();
            int[] completion = sequence.completion();
            for (int i = 0; i < prompt.length + completion.length; i++) {
                int token = i < prompt.length ? prompt[i] : completion[i - prompt.length];
                if (i < prompt.length + completion.length - 1) {
                    tokens[row * time + i] = token;
                }
                if (i > 0) {
                    targets[row * time + i - 1] = token;
                }
                if (i >= prompt.length) {
                    mask[row * time + i - 1] = 1;
                    logProbs[row * time + i - 1] = sequence.behaviourLogProbs()[i - prompt.length];
                }
            }
            advantages[row] = (float) normalised[row];
            temperatures[row] = (float) sequence.temperature();
            promptTokens += prompt.length;
            completionTokens += completion.length;
        }
        Shape shape = new Shape(rows, time);
        return new Batch(
                manager.create(tokens, shape),
                manager.create(targets, shape),
                manager.create(mask, shape),
                manager.create(logProbs, shape),
                manager.create(advantages, new Shape(rows, 1)),
                manager.create(temperatures, new Shape(rows, 1, 1)),
                promptTokens,
                completionTokens);
    }
}
