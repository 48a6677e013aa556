package dev.krpo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogProbsTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        TorchEngine.configure(1);
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "0.5, 1", "1, 0.9", "1.7, 0.6", "0.8, 0.01"})
    void shouldKeepTheSmallestNucleusAndRenormaliseIt(double temperature, double topP) {
        for (long seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            float[] logits = new float[40];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (2 * random.nextGaussian());
            }

            float[] actual = LogProbs.distribution(manager.create(logits, new Shape(1, 40)), temperature, topP)
                    .toFloatArray();

            double[] expected = naive(logits, temperature, topP);
            for (int i = 0; i < logits.length; i++) {
                if (expected[i] == 0) {
                    assertThat(actual[i]).as("seed %d, token %d", seed, i).isEqualTo(Float.NEGATIVE_INFINITY);
                } else {
                    assertThat((double) actual[i])
                            .as("seed %d, token %d", seed, i)
                            .isCloseTo(Math.log(expected[i]), within(1e-5));
                }
            }
        }
    }

    @Test
    void shouldKeepOnlyOneOfTwoEquallyProbableTokensWhenOneSuffices() {
        NDArray logits = manager.create(new float[] {0, 3, 3, 0}, new Shape(1, 4));

        float[] actual = LogProbs.distribution(logits, 1, 0.3).toFloatArray();

        assertThat(actual).contains(0f).contains(Float.NEGATIVE_INFINITY);
        assertThat(Math.max(actual[1], actual[2])).isEqualTo(0f);
        assertThat(Math.min(actual[1], actual[2])).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    /** d log p(target) / d logit i = ((i = target) - p(i)) / temperature inside the nucleus, and 0 outside. */
    @Test
    void shouldHaveTheGradientOfTheTruncatedSoftmax() {
        float[] values = {1, 2, -1, 0.5f, -3};
        NDArray logits = manager.create(values, new Shape(1, 1, 5));
        logits.setRequiresGradient(true);
        double[] p = naive(values, 0.7, 0.95);
        assertThat(p[4]).isZero();

        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            collector.backward(LogProbs.ofTokens(logits, TinyPolicies.batch(manager, new int[] {3}), 0.7, 0.95)
                    .sum());
        }

        float[] gradient = logits.getGradient().toFloatArray();
        for (int i = 0; i < 5; i++) {
            assertThat((double) gradient[i]).as("logit %d", i).isCloseTo(((i == 3 ? 1 : 0) - p[i]) / 0.7, within(1e-5));
        }
    }

    @Test
    void shouldNameTheOptionThatIsOutOfRange() {
        NDArray logits = manager.zeros(new Shape(1, 4));

        assertThatThrownBy(() -> LogProbs.distribution(logits, 0, 1)).hasMessageContaining("temperature is 0.0");
        assertThatThrownBy(() -> LogProbs.distribution(logits, 1, 0)).hasMessageContaining("topP is 0.0");
        assertThatThrownBy(() -> LogProbs.distribution(logits, 1, 1.5)).hasMessageContaining("topP is 1.5");
    }

    /** Takes tokens from the most probable down until their mass reaches topP, in plain Java. */
    private static double[] naive(float[] logits, double temperature, double topP) {
        double[] p = new double[logits.length];
        double total = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(logits[i] / temperature);
            total += p[i];
        }
        Integer[] order = new Integer[p.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(p[b], p[a]));
        double[] kept = new double[p.length];
        double mass = 0;
        for (int i = 0; i < order.length && mass < topP * total; i++) {
            kept[order[i]] = p[order[i]];
            mass += p[order[i]];
        }
        for (int i = 0; i < kept.length; i++) {
            kept[i] /= mass;
        }
        return kept;
    }
}
