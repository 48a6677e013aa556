package dev.krpo.learner.penalty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.aggregate.TokenMean;
import dev.krpo.learner.loss.LossCase;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KlEstimatorTest {

    private static final Shape LOGITS = new Shape(LossCase.ROWS, LossCase.TIME, LossCase.VOCABULARY);
    private static final Shape TOKEN = new Shape(1, 1);
    private static final Shape ONE = new Shape(1, 1, LossCase.VOCABULARY);

    private final LossCase data = new LossCase(new Random().nextLong());
    private final float[] policy = LossCase.values(new Random(data.seed + 1), (int) LOGITS.size(), 0, 1.5);
    private final float[] reference = LossCase.values(new Random(data.seed + 2), (int) LOGITS.size(), 0, 1.5);
    private final int[] drawn = new Random(data.seed + 3)
            .ints(LossCase.ROWS * LossCase.TIME, 0, LossCase.VOCABULARY)
            .toArray();

    static Stream<KlEstimator> all() {
        return Stream.of(new K1(), new K2(), new K3(), new DirectKl());
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldEqualThePlainLoopsAndHaveTheGradientOfFiniteDifferences(KlEstimator estimator) {
        Function<NDArray, NDArray> loss = x -> new TokenMean()
                .apply(
                        estimator.apply(predictions(x), predictions(base(x)).stopGradient(), data.mask(x)),
                        data.mask(x));

        assertThat(LossCase.value(policy, LOGITS, loss))
                .as("seed %d", data.seed)
                .isCloseTo(naive(estimator, LossCase.doubles(policy)), within(1e-5));
        // k1 uses the gradient of k2.
        KlEstimator differentiated = estimator instanceof K1 ? new K2() : estimator;
        double[] expected = LossCase.differences(policy, x -> naive(differentiated, x));
        float[] gradient = LossCase.gradient(policy, LOGITS, loss);
        for (int i = 0; i < gradient.length; i++) {
            assertThat((double) gradient[i])
                    .as("seed %d, entry %d", data.seed, i)
                    .isCloseTo(expected[i], within(1e-5));
        }
    }

    /** Expectation over all tokens of one position, each drawn with its probability. */
    @ParameterizedTest
    @MethodSource("all")
    void shouldHaveTheDocumentedExpectedGradient(KlEstimator estimator) {
        float[] logits = Arrays.copyOf(policy, LossCase.VOCABULARY);
        double[] p = softmax(LossCase.doubles(logits), 0);
        double[] q = softmax(LossCase.doubles(reference), 0);
        double[] expectation = new double[LossCase.VOCABULARY];
        for (int token = 0; token < LossCase.VOCABULARY; token++) {
            int target = token;
            float[] gradient = LossCase.gradient(logits, ONE, x -> {
                NDArray base = x.getManager().create(Arrays.copyOf(reference, LossCase.VOCABULARY), ONE);
                NDArray mask = x.getManager().ones(new Shape(1, 1));
                return estimator
                        .apply(predictions(x, target), predictions(base, target).stopGradient(), mask)
                        .sum();
            });
            for (int i = 0; i < gradient.length; i++) {
                expectation[i] += p[token] * gradient[i];
            }
        }
        // d KL(p || q) / d logit_i = p_i (log p_i/q_i - KL);  d KL(q || p) / d logit_i = p_i - q_i
        double kl = 0;
        for (int i = 0; i < p.length; i++) {
            kl += p[i] * Math.log(p[i] / q[i]);
        }
        for (int i = 0; i < p.length; i++) {
            double promised = estimator instanceof K3 ? p[i] - q[i] : p[i] * (Math.log(p[i] / q[i]) - kl);
            assertThat(expectation[i]).as("seed %d, entry %d", data.seed, i).isCloseTo(promised, within(1e-5));
        }
    }

    /** The gradient of k3 with respect to the policy's log-prob is 1 - exp(d). */
    @ParameterizedTest
    @ValueSource(floats = {-90, -25, -19, 0, 5})
    void shouldPullBackATokenHoweverStronglyThePolicyFavoursIt(float difference) {
        float[] gradient = LossCase.gradient(new float[] {-1}, TOKEN, x -> k3(x, difference - 1));

        assertThat((double) gradient[0]).isCloseTo(1 - Math.exp(difference), withinPercentage(0.01));
    }

    @Test
    void shouldStayFiniteForATokenOfVanishingProbability() {
        assertThat(LossCase.value(new float[] {-91}, TOKEN, x -> k3(x, -1))).isFinite();
        assertThat(LossCase.gradient(new float[] {-91}, TOKEN, x -> k3(x, -1))[0])
                .isFinite();
    }

    private static NDArray k3(NDArray logProb, float reference) {
        NDArray base = logProb.getManager().full(TOKEN, reference, DataType.FLOAT32);
        NDArray mask = logProb.getManager().ones(TOKEN);
        return new K3()
                .apply(new Predictions(logProb, logProb), new Predictions(base, base), mask)
                .sum();
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldBeZeroForEqualPoliciesAndOutsideTheMask(KlEstimator estimator) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(policy, LOGITS);
            NDArray mask = data.mask(x);
            NDArray same = estimator.apply(predictions(x), predictions(x), mask);
            NDArray different = estimator.apply(predictions(x), predictions(base(x)), mask);

            assertThat(same.abs().max().getFloat()).as("seed %d", data.seed).isZero();
            assertThat(different.mul(mask.neg().add(1)).abs().max().getFloat())
                    .as("seed %d", data.seed)
                    .isZero();
        }
    }

    @Test
    void shouldBeTheSumOverTheVocabularyInTheEntropy() {
        Function<NDArray, NDArray> loss = x -> new TokenMean().apply(Entropy.of(x.logSoftmax(2)), data.mask(x));

        assertThat(LossCase.value(policy, LOGITS, loss))
                .as("seed %d", data.seed)
                .isCloseTo(entropy(LossCase.doubles(policy)), within(1e-5));
        double[] expected = LossCase.differences(policy, this::entropy);
        float[] gradient = LossCase.gradient(policy, LOGITS, loss);
        for (int i = 0; i < gradient.length; i++) {
            assertThat((double) gradient[i])
                    .as("seed %d, entry %d", data.seed, i)
                    .isCloseTo(expected[i], within(1e-5));
        }
    }

    @Test
    void shouldHaveTheEntropyLogNWhenAllTokensAreEquallyLikely() {
        assertThat(LossCase.value(new float[(int) LOGITS.size()], LOGITS, x -> Entropy.of(x.logSoftmax(2))
                        .mean()))
                .isCloseTo(Math.log(LossCase.VOCABULARY), within(1e-6));
    }

    private NDArray base(NDArray x) {
        return x.getManager().create(reference, LOGITS);
    }

    private Predictions predictions(NDArray logits) {
        return predictions(logits, drawn);
    }

    private static Predictions predictions(NDArray logits, int... drawn) {
        NDArray distribution = logits.logSoftmax(2);
        long[] targets = Arrays.stream(drawn).asLongStream().toArray();
        Shape shape = new Shape(logits.getShape().get(0), logits.getShape().get(1), 1);
        return new Predictions(
                distribution
                        .gather(logits.getManager().create(targets, shape), 2)
                        .squeeze(2),
                distribution);
    }

    private double naive(KlEstimator estimator, double[] logits) {
        double total = 0;
        double tokens = 0;
        for (int i = 0; i < data.mask.length; i++) {
            double[] p = softmax(logits, i);
            double[] q = softmax(LossCase.doubles(reference), i);
            double d = Math.log(q[drawn[i]] / p[drawn[i]]);
            double direct = 0;
            for (int token = 0; token < p.length; token++) {
                direct += p[token] * Math.log(p[token] / q[token]);
            }
            total += data.mask[i] * value(estimator, d, direct);
            tokens += data.mask[i];
        }
        return total / tokens;
    }

    private static double value(KlEstimator estimator, double d, double direct) {
        if (estimator instanceof DirectKl) {
            return direct;
        }
        if (estimator instanceof K3) {
            return Math.exp(d) - d - 1;
        }
        return estimator instanceof K2 ? d * d / 2 : -d;
    }

    private double entropy(double[] logits) {
        double total = 0;
        double tokens = 0;
        for (int i = 0; i < data.mask.length; i++) {
            for (double probability : softmax(logits, i)) {
                total -= data.mask[i] * probability * Math.log(probability);
            }
            tokens += data.mask[i];
        }
        return total / tokens;
    }

    private static double[] softmax(double[] logits, int position) {
        double[] probabilities = new double[LossCase.VOCABULARY];
        double sum = 0;
        for (int token = 0; token < probabilities.length; token++) {
            probabilities[token] = Math.exp(logits[position * LossCase.VOCABULARY + token]);
            sum += probabilities[token];
        }
        for (int token = 0; token < probabilities.length; token++) {
            probabilities[token] /= sum;
        }
        return probabilities;
    }
}
