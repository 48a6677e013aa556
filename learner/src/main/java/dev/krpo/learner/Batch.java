package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.normalize.AdvantageNormalization;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Sequences as right-padded arrays. The model reads prompt and completion without the last token, {@code [batch,
 * time]}; predictions stand in columns: those of the completion tokens with {@link Forward#FUSED}, else those of all
 * positions.
 *
 * @param tokens int64 {@code [batch, time]}, the model's input; position t predicts token t + 1
 * @param positions int64 {@code [batch, columns]}, the predictions to compute, as indices into {@code [batch * time]};
 *     null for all, with columns = time
 * @param targets int64 {@code [batch, columns]}, the tokens it predicts
 * @param mask 1 where the target is a completion token, {@code [batch, columns]}
 * @param behaviourLogProbs of the targets, 0 outside the mask, {@code [batch, columns]}
 * @param advantages normalised, {@code [batch, 1]}
 * @param temperatures {@code [batch, 1, 1]}; null if all are 1
 */
record Batch(
        NDArray tokens,
        NDArray positions,
        NDArray targets,
        NDArray mask,
        NDArray behaviourLogProbs,
        NDArray advantages,
        NDArray temperatures,
        long promptTokens,
        long completionTokens) {

    static Batch of(
            NDManager manager,
            List<TrainingSequence> sequences,
            int padId,
            AdvantageNormalization normalization,
            Forward forward) {
        boolean everywhere = forward == Forward.UNFUSED;
        int rows = sequences.size();
        int time = longest(sequences, sequence -> sequence.prompt().length + sequence.completion().length) - 1;
        int columns = everywhere ? time : longest(sequences, sequence -> sequence.completion().length);
        long[] tokens = new long[Math.multiplyExact(rows, time)];
        long[] positions = new long[Math.multiplyExact(rows, columns)];
        long[] targets = new long[rows * columns];
        float[] mask = new float[rows * columns];
        float[] logProbs = new float[rows * columns];
        double[] normalised = normalization.apply(
                sequences.stream().mapToDouble(TrainingSequence::advantage).toArray(),
                sequences.stream()
                        .mapToInt(sequence -> sequence.completion().length)
                        .toArray());
        float[] advantages = new float[rows];
        float[] temperatures = new float[rows];
        Arrays.fill(tokens, padId);
        Arrays.fill(targets, padId);
        long promptTokens = 0;
        long completionTokens = 0;
        for (int row = 0; row < rows; row++) {
            TrainingSequence sequence = sequences.get(row);
            int[] prompt = sequence.prompt();
            int[] completion = sequence.completion();
            for (int i = 0; i < prompt.length; i++) {
                tokens[row * time + i] = prompt[i];
            }
            for (int i = 0; i < completion.length; i++) {
                int position = prompt.length - 1 + i;
                int cell = row * columns + (everywhere ? position : i);
                positions[cell] = (long) row * time + position;
                targets[cell] = completion[i];
                mask[cell] = 1;
                logProbs[cell] = sequence.behaviourLogProbs()[i];
                if (i < completion.length - 1) {
                    tokens[row * time + position + 1] = completion[i];
                }
            }
            advantages[row] = (float) normalised[row];
            temperatures[row] = (float) sequence.temperature();
            promptTokens += prompt.length;
            completionTokens += completion.length;
        }
        Shape shape = new Shape(rows, columns);
        return new Batch(
                manager.create(tokens, new Shape(rows, time)),
                everywhere ? null : manager.create(positions, shape),
                manager.create(targets, shape),
                manager.create(mask, shape),
                manager.create(logProbs, shape),
                manager.create(advantages, new Shape(rows, 1)),
                allOne(temperatures) ? null : manager.create(temperatures, new Shape(rows, 1, 1)),
                promptTokens,
                completionTokens);
    }

    private static int longest(List<TrainingSequence> sequences, ToIntFunction<TrainingSequence> length) {
        return sequences.stream().mapToInt(length).max().orElseThrow();
    }

    private static boolean allOne(float[] values) {
        for (float value : values) {
            if (value != 1) {
                return false;
            }
        }
        return true;
    }
}
