package dev.krpo.policy.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderTest {

    private static final int[][] SEQUENCES = {
        {3, 4, 13, 5, 6, 17, 7, 2}, {9, 15, 8, 17, 5, 2}, {18, 3, 14, 4, 19, 16, 11, 17}
    };

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComputeTheSameLogitsStepByStepFromTheCacheAsInOnePass(boolean tiedEmbeddings) {
        int[] promptLengths = {5, 3, 4};
        try (Policy policy = TinyPolicies.random(11, tiedEmbeddings);
                NDManager manager = policy.manager().newSubManager()) {
            Decoder decoder = policy.decoder();
            float[][][] whole = new float[3][][];
            for (int row = 0; row < 3; row++) {
                whole[row] = rows(decoder.logits(TinyPolicies.batch(manager, SEQUENCES[row])));
            }
            KeyValueCache cache = new KeyValueCache(manager, decoder, promptLengths, 7);

            for (int step = 0; step < 3; step++) {
                float[][] next = rows(decoder.next(input(manager, promptLengths, step), cache));
                for (int row = 0; row < 3; row++) {
                    assertThat(next[row])
                            .as("row %d, step %d", row, step)
                            .containsExactly(whole[row][promptLengths[row] + step - 1], within(2e-5f));
                }
            }
        }
    }

    /** The left-padded prompts first, then one token per row. */
    private static NDArray input(NDManager manager, int[] promptLengths, int step) {
        int time = step == 0 ? 5 : 1;
        long[] tokens = new long[3 * time];
        for (int row = 0; row < 3; row++) {
            int count = step == 0 ? promptLengths[row] : 1;
            for (int i = 0; i < count; i++) {
                int at = step == 0 ? i : promptLengths[row] + step - 1;
                tokens[(row + 1) * time - count + i] = SEQUENCES[row][at];
            }
        }
        return manager.create(tokens, new Shape(3, time));
    }

    @Test
    void shouldIgnoreThePaddingOnTheRightWhenTraining() {
        try (Policy policy = TinyPolicies.random(12);
                NDManager manager = policy.manager().newSubManager()) {
            float[][] alone = rows(policy.logits(TinyPolicies.batch(manager, SEQUENCES[1])));

            float[][] padded = rows(policy.logits(TinyPolicies.batch(manager, SEQUENCES[1], SEQUENCES[0])));

            for (int t = 0; t < alone.length; t++) {
                assertThat(padded[t]).as("position %d", t).containsExactly(alone[t], within(2e-5f));
            }
        }
    }

    /**
     * The loss, about 5, is known to about 1e-6 (float32 logits, mean in float64), so the difference quotient over 2 h
     * = 0.006 to about 2e-4; its truncation error is of order h^2 = 1e-5.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldHaveTheGradientsOfFiniteDifferences(boolean tiedEmbeddings) {
        float h = 0.003f;
        try (Policy policy = TinyPolicies.random(13, tiedEmbeddings)) {
            Map<String, NDArray> parameters = policy.parameters();
            parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector();
                    NDManager manager = policy.manager().newSubManager()) {
                collector.backward(targetLogProbs(policy, manager).mean().neg());
            }
            parameters.forEach((name, parameter) -> {
                float[] gradient = parameter.getGradient().toFloatArray();
                parameter.setRequiresGradient(false);
                float[] values = parameter.toFloatArray();
                int steepest = 0;
                for (int i = 0; i < gradient.length; i++) {
                    steepest = Math.abs(gradient[i]) > Math.abs(gradient[steepest]) ? i : steepest;
                }
                for (int entry : new int[] {steepest, 0, gradient.length / 2}) {
                    double above = lossAt(policy, parameter, values, entry, values[entry] + h);
                    double below = lossAt(policy, parameter, values, entry, values[entry] - h);
                    parameter.set(values);
                    assertThat((double) gradient[entry])
                            .as("%s entry %d", name, entry)
                            .isCloseTo((above - below) / (2 * h), within(5e-4 + 0.01 * Math.abs(gradient[entry])));
                }
            });
        }
    }

    private static double lossAt(Policy policy, NDArray parameter, float[] values, int entry, float value) {
        float[] changed = values.clone();
        changed[entry] = value;
        parameter.set(changed);
        try (NDManager manager = policy.manager().newSubManager()) {
            float[] logProbs = targetLogProbs(policy, manager).toFloatArray();
            double sum = 0;
            for (float logProb : logProbs) {
                sum -= logProb;
            }
            return sum / logProbs.length;
        }
    }

    private static NDArray targetLogProbs(Policy policy, NDManager manager) {
        int[][] inputs = new int[SEQUENCES.length][];
        int[][] targets = new int[SEQUENCES.length][];
        for (int row = 0; row < inputs.length; row++) {
            inputs[row] = Arrays.copyOf(SEQUENCES[row], 5);
            targets[row] = Arrays.copyOfRange(SEQUENCES[row], 1, 6);
        }
        NDArray logits = policy.logits(TinyPolicies.batch(manager, inputs));
        return LogProbs.ofTokens(logits, TinyPolicies.batch(manager, targets), 1, 1);
    }

    @Test
    void shouldLeaveNothingBehindInThePolicysManager() {
        try (Policy policy = TinyPolicies.random(14)) {
            int before = policy.manager().getManagedArrays().size();

            for (int i = 0; i < 5; i++) {
                try (NDManager manager = policy.manager().newSubManager()) {
                    targetLogProbs(policy, manager);
                }
            }

            assertThat(policy.manager().getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void shouldRejectTooManyTokensOrTokensOfAnotherType() {
        try (Policy policy = TinyPolicies.random(15);
                NDManager manager = policy.manager().newSubManager()) {
            assertThatThrownBy(() -> policy.logits(manager.zeros(new Shape(1, 97), DataType.INT64)))
                    .hasMessageContaining("97 tokens")
                    .hasMessageContaining("max_position_embeddings is 96");
            assertThatThrownBy(() -> policy.logits(manager.zeros(new Shape(1, 4), DataType.FLOAT32)))
                    .hasMessageContaining("float32 (1, 4); int64 [batch, time] is needed");
        }
    }

    private static float[][] rows(NDArray array) {
        float[] values = array.toFloatArray();
        int size = (int) array.getShape().get(array.getShape().dimension() - 1);
        float[][] rows = new float[values.length / size][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(values, row * size, (row + 1) * size);
        }
        return rows;
    }
}
