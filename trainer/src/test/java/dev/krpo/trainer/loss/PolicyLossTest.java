package dev.krpo.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.TorchEngine;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PolicyLossTest {

    private static final int ROWS = 5;
    private static final int TIME = 7;

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final float[] logProbs = values(-1.5, 1);
    private final float[] behaviour = values(-1.5, 1);
    private final float[] mask = mask();
    private final float[] advantages = advantages();

    @BeforeAll
    static void engine() {
        TorchEngine.configure(1);
    }

    @Test
    void shouldEqualThePlainJavaSurrogateForBothAggregations() {
        for (Aggregation aggregation : Aggregation.values()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                float actual = surrogate(manager, array(manager, logProbs), 0.2, 0.3, aggregation)
                        .getFloat();

                assertThat((double) actual)
                        .as("seed %d, %s", seed, aggregation)
                        .isCloseTo(naive(logProbs, 0.2, 0.3, aggregation), within(1e-4));
            }
        }
    }

    @Test
    void shouldHaveTheGradientOfFiniteDifferences() {
        for (Aggregation aggregation : Aggregation.values()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                float[] gradient = gradient(manager, x -> surrogate(manager, x, 0.2, 0.3, aggregation));
                for (int i = 0; i < logProbs.length; i++) {
                    double ratio = Math.exp(logProbs[i] - behaviour[i]);
                    boolean nearKink = Math.abs(ratio - 0.8) < 0.01 || Math.abs(ratio - 1.3) < 0.01;
                    if (!nearKink) {
                        assertThat((double) gradient[i])
                                .as("seed %d, %s, entry %d", seed, aggregation, i)
                                .isCloseTo(difference(i, 0.2, 0.3, aggregation), within(1e-4));
                    }
                }
            }
        }
    }

    @Test
    void shouldHaveTheReinforceGradientWhenTheRatioIsOne() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray same = array(manager, behaviour);
            same.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(surrogate(manager, same, 0.2, 0.2, Aggregation.TOKEN_MEAN));
            }
            float[] gradient = same.getGradient().toFloatArray();
            double tokens = sum(mask);
            for (int i = 0; i < gradient.length; i++) {
                assertThat((double) gradient[i])
                        .as("seed %d, entry %d", seed, i)
                        .isCloseTo(-advantages[i / TIME] * mask[i] / tokens, within(1e-5));
            }
        }
    }

    @Test
    void shouldBePlainImportanceSamplingWithoutClipping() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double infinity = Double.POSITIVE_INFINITY;
            float actual = surrogate(manager, array(manager, logProbs), infinity, infinity, Aggregation.TOKEN_MEAN)
                    .getFloat();

            double expected = 0;
            for (int i = 0; i < logProbs.length; i++) {
                expected -= Math.exp(logProbs[i] - behaviour[i]) * advantages[i / TIME] * mask[i] / sum(mask);
            }
            assertThat((double) actual).as("seed %d", seed).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void shouldWeighEachTokenWithItsTruncatedRatio() {
        for (double truncation : new double[] {0.9, 1.2, Double.POSITIVE_INFINITY}) {
            try (NDManager manager = NDManager.newBaseManager()) {
                Function<NDArray, NDArray> loss = x -> Aggregation.TOKEN_MEAN.apply(
                        PolicyLoss.truncatedImportance(
                                x, array(manager, behaviour), column(manager), array(manager, mask), truncation),
                        array(manager, mask));
                float[] gradient = gradient(manager, loss);
                double value = 0;
                for (int i = 0; i < gradient.length; i++) {
                    double weight = Math.min(truncation, Math.exp((double) logProbs[i] - behaviour[i]));
                    double expected = -weight * advantages[i / TIME] * mask[i] / sum(mask);
                    value += expected;
                    assertThat((double) gradient[i])
                            .as("seed %d, truncation %s, entry %d", seed, truncation, i)
                            .isCloseTo(expected, within(1e-5));
                }
                assertThat((double) loss.apply(array(manager, logProbs)).getFloat())
                        .as("seed %d", seed)
                        .isCloseTo(value, within(1e-4));
            }
        }
    }

    @Test
    void shouldClipAroundTheProximalPolicyAndWeighItsAge() {
        float[] proximal = values(-1.5, 1);
        PolicyObjective.Limits limits = new PolicyObjective.Limits(0.2, 0.3, 1.1);
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] actual = PolicyLoss.decoupled(
                            array(manager, logProbs),
                            array(manager, proximal),
                            array(manager, behaviour),
                            column(manager),
                            array(manager, mask),
                            limits)
                    .mul(array(manager, mask))
                    .toFloatArray();
            for (int i = 0; i < actual.length; i++) {
                double weight = Math.min(1.1, Math.exp((double) proximal[i] - behaviour[i]));
                double ratio = Math.exp((double) logProbs[i] - proximal[i]);
                double clipped = Math.min(1.3, Math.max(0.8, ratio));
                double advantage = advantages[i / TIME];
                assertThat((double) actual[i])
                        .as("seed %d, entry %d", seed, i)
                        .isCloseTo(-weight * Math.min(ratio * advantage, clipped * advantage) * mask[i], within(1e-4));
            }
        }
    }

    @Test
    void shouldBeTheClippedSurrogateWhenTheProximalPolicyIsTheBehaviourPolicy() {
        PolicyObjective.Limits limits = new PolicyObjective.Limits(0.2, 0.3, 5);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray decoupled = PolicyLoss.decoupled(
                    array(manager, logProbs),
                    array(manager, behaviour),
                    array(manager, behaviour),
                    column(manager),
                    array(manager, mask),
                    limits);
            NDArray clipped = PolicyObjective.CLIPPED.apply(
                    array(manager, logProbs), array(manager, behaviour), column(manager), array(manager, mask), limits);

            assertThat(decoupled.toFloatArray()).as("seed %d", seed).isEqualTo(clipped.toFloatArray());
        }
    }

    @Test
    void shouldHaveTheSameGradientTruncatedOrDecoupledWhenTheStepIsOneGradient() {
        PolicyObjective.Limits limits = new PolicyObjective.Limits(0.2, 0.2, 1.1);
        try (NDManager manager = NDManager.newBaseManager()) {
            float[] truncated = gradient(manager, x -> objective(manager, PolicyObjective.TRUNCATED_IS, x, limits));
            float[] decoupled = gradient(manager, x -> objective(manager, PolicyObjective.DECOUPLED, x, limits));

            for (int i = 0; i < truncated.length; i++) {
                assertThat(decoupled[i]).as("seed %d, entry %d", seed, i).isCloseTo(truncated[i], within(1e-6f));
            }
        }
    }

    private NDArray objective(NDManager manager, PolicyObjective objective, NDArray x, PolicyObjective.Limits limits) {
        return Aggregation.TOKEN_MEAN.apply(
                objective.apply(x, array(manager, behaviour), column(manager), array(manager, mask), limits),
                array(manager, mask));
    }

    private NDArray column(NDManager manager) {
        return manager.create(advantages, new Shape(ROWS, 1));
    }

    @Test
    void shouldEstimateKlAsNonNegativeAndZeroForEqualPolicies() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray penalty = PolicyLoss.k3(array(manager, logProbs), array(manager, behaviour), array(manager, mask));
            float[] values = penalty.toFloatArray();
            for (int i = 0; i < values.length; i++) {
                double d = (behaviour[i] - logProbs[i]) * mask[i];
                assertThat((double) values[i]).as("seed %d", seed).isCloseTo(Math.exp(d) - d - 1, within(1e-4));
                assertThat(values[i]).as("seed %d", seed).isGreaterThanOrEqualTo(-1e-6f);
            }
            NDArray same = PolicyLoss.k3(array(manager, logProbs), array(manager, logProbs), array(manager, mask));
            assertThat(same.abs().max().getFloat()).isZero();
        }
    }

    @Test
    void shouldNameTheShapesThatDoNotFit() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray wrong = manager.ones(new Shape(ROWS, TIME + 1));

            assertThatThrownBy(() -> PolicyLoss.importanceRatio(array(manager, logProbs), wrong, wrong))
                    .hasMessageContaining("logProbs is (5, 7)")
                    .hasMessageContaining("behaviourLogProbs is (5, 8)");
            assertThatThrownBy(() -> PolicyLoss.clippedSurrogate(wrong, wrong, 0.2, 0.2))
                    .hasMessageContaining("(5, 1) is needed");
        }
    }

    private NDArray surrogate(NDManager manager, NDArray x, double low, double high, Aggregation aggregation) {
        NDArray cover = array(manager, mask);
        NDArray ratio = PolicyLoss.importanceRatio(x, array(manager, behaviour), cover);
        NDArray perToken =
                PolicyLoss.clippedSurrogate(ratio, manager.create(advantages, new Shape(ROWS, 1)), low, high);
        return aggregation.apply(perToken, cover);
    }

    private float[] gradient(NDManager manager, Function<NDArray, NDArray> loss) {
        NDArray x = array(manager, logProbs);
        x.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(loss.apply(x));
        }
        return x.getGradient().toFloatArray();
    }

    private double difference(int entry, double low, double high, Aggregation aggregation) {
        double step = 1e-3;
        float[] up = logProbs.clone();
        float[] down = logProbs.clone();
        up[entry] += (float) step;
        down[entry] -= (float) step;
        return (naive(up, low, high, aggregation) - naive(down, low, high, aggregation))
                / ((double) up[entry] - down[entry]);
    }

    private double naive(float[] x, double low, double high, Aggregation aggregation) {
        double total = 0;
        for (int row = 0; row < ROWS; row++) {
            double rowLoss = 0;
            double rowTokens = 0;
            for (int t = 0; t < TIME; t++) {
                int i = row * TIME + t;
                double ratio = Math.exp((double) x[i] - behaviour[i]);
                double clipped = Math.min(1 + high, Math.max(1 - low, ratio));
                rowLoss -= Math.min(ratio * advantages[row], clipped * advantages[row]) * mask[i];
                rowTokens += mask[i];
            }
            total += aggregation == Aggregation.TOKEN_MEAN ? rowLoss / sum(mask) : rowLoss / rowTokens / ROWS;
        }
        return total;
    }

    private static NDArray array(NDManager manager, float[] values) {
        return manager.create(values, new Shape(ROWS, TIME));
    }

    private float[] values(double mean, double spread) {
        float[] values = new float[ROWS * TIME];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + spread * (random.nextDouble() - 0.5));
        }
        return values;
    }

    private float[] mask() {
        float[] values = new float[ROWS * TIME];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % TIME == 0 || random.nextBoolean() ? 1 : 0;
        }
        return values;
    }

    private float[] advantages() {
        float[] values = new float[ROWS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }
}
