package dev.krpo.estimators.kalman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.estimators.kalman.ObservationNoise.Fixed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A bandit small enough to enumerate: three answers, drawn by a softmax policy, each right with its own probability.
 * The expected reward is {@code J = sum_a pi_a q_a} and its gradient in the logits {@code pi_a (q_a - J)}; the estimate
 * is {@code mean_i A_i (1[a_i = a] - pi_a)} (Williams 1992). Its expectation is a sum over all possible groups.
 */
class KrpoBanditTest {

    private static final double[] POLICY = softmax(0.3, -0.8, 1.1);
    private static final double[] RIGHT = {0.9, 0.2, 0.5};
    private static final int OUTCOMES = 2 * POLICY.length;

    static Stream<Arguments> unbiased() {
        return Krpo.noises().stream().flatMap(noise -> Stream.of(Baseline.PRIOR, Baseline.LEAVE_ONE_OUT)
                .flatMap(baseline ->
                        Stream.of(BaselineTarget.values()).map(target -> Arguments.of(noise, baseline, target))));
    }

    @ParameterizedTest
    @MethodSource("unbiased")
    void shouldGiveTheTrueGradientInExpectationWithOrWithoutAHistory(
            ObservationNoise noise, Baseline baseline, BaselineTarget target) {
        KrpoEstimator estimator =
                Krpo.of(Krpo.withTarget(Krpo.with(Krpo.DEFAULTS, noise, baseline, Scale.NONE), target));
        for (int size = 1; size <= 3; size++) {
            assertThat(expectedGradient(estimator, State.UNSEEN, size))
                    .as("first group of %d", size)
                    .containsExactly(trueGradient(), within(1e-12));
            assertThat(expectedGradientAfterAGroup(estimator, size))
                    .as("second group of %d", size)
                    .containsExactly(trueGradient(), within(1e-12));
        }
    }

    @Test
    void shouldShrinkTheExpectedGradientWhenTheBaselineIsThePosterior() {
        KrpoEstimator estimator = Krpo.of(new Fixed(0.1), Baseline.POSTERIOR, Scale.NONE);
        State state = Krpo.known(new Belief(0.4, 0.05, 3, 0));

        // R/S: 0.1/(0.05 + 0.1); in a group of two with V = 1/(1/0.05 + 1/0.1) 0.1/(1/30 + 0.1)
        assertThat(expectedGradient(estimator, state, 1))
                .containsExactly(times(trueGradient(), 2 / 3.0), within(1e-12));
        assertThat(expectedGradient(estimator, state, 2))
                .containsExactly(times(trueGradient(), 3 / 4.0), within(1e-12));
    }

    @ParameterizedTest
    @MethodSource("unbiased")
    void shouldKeepTheDirectionOfTheGradientWhenScaled(
            ObservationNoise noise, Baseline baseline, BaselineTarget target) {
        KrpoEstimator estimator = Krpo.of(
                Krpo.withTarget(Krpo.with(Krpo.DEFAULTS, noise, baseline, Scale.SQRT_INNOVATION_VARIANCE), target));
        for (int size = 1; size <= 3; size++) {
            double[] gradient = expectedGradientAfterAGroup(estimator, size);
            double factor = gradient[0] / trueGradient()[0];

            assertThat(factor).isGreaterThan(1);
            assertThat(gradient).containsExactly(times(trueGradient(), factor), within(1e-12));
        }
    }

    @Test
    void shouldDivideTheGradientByThePredictedDeviation() {
        KrpoEstimator estimator = Krpo.of(new Fixed(0.1), Baseline.PRIOR, Scale.SQRT_INNOVATION_VARIANCE);
        State state = Krpo.known(new Belief(0.4, 0.05, 3, 0));

        assertThat(expectedGradient(estimator, state, 2))
                .containsExactly(times(trueGradient(), 1 / Math.sqrt(0.15)), within(1e-12));
    }

    private static double[] expectedGradientAfterAGroup(KrpoEstimator estimator, int size) {
        double[] expected = new double[POLICY.length];
        for (int draw = 0; draw < draws(size); draw++) {
            State state = estimator.estimate(State.UNSEEN, group(draw, size)).state();
            double[] gradient = expectedGradient(estimator, state, size);
            for (int k = 0; k < expected.length; k++) {
                expected[k] += probability(draw, size) * gradient[k];
            }
        }
        return expected;
    }

    private static double[] expectedGradient(KrpoEstimator estimator, State state, int size) {
        double[] expected = new double[POLICY.length];
        for (int draw = 0; draw < draws(size); draw++) {
            List<Advantage> advantages =
                    estimator.estimate(state, group(draw, size)).advantages();
            double weight = probability(draw, size) / size;
            for (int i = 0; i < size; i++) {
                for (int k = 0; k < expected.length; k++) {
                    double score = (action(draw, i) == k ? 1 : 0) - POLICY[k];
                    expected[k] += weight * advantages.get(i).advantage() * score;
                }
            }
        }
        return expected;
    }

    /** The digits of the draw's number are the answer and the reward of each member. */
    private static int draws(int size) {
        return (int) Math.pow(OUTCOMES, size);
    }

    private static int digit(int draw, int member) {
        return draw / draws(member) % OUTCOMES;
    }

    private static int action(int draw, int member) {
        return digit(draw, member) / 2;
    }

    private static int reward(int draw, int member) {
        return digit(draw, member) % 2;
    }

    private static double probability(int draw, int size) {
        double probability = 1;
        for (int i = 0; i < size; i++) {
            double right = RIGHT[action(draw, i)];
            probability *= POLICY[action(draw, i)] * (reward(draw, i) == 1 ? right : 1 - right);
        }
        return probability;
    }

    private static List<Observation> group(int draw, int size) {
        List<Observation> group = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            float[] logProbs = {(float) Math.log(POLICY[action(draw, i)])};
            group.add(new Observation(reward(draw, i), 0, logProbs, Map.of()));
        }
        return group;
    }

    private static double[] trueGradient() {
        double expected = 0;
        for (int k = 0; k < POLICY.length; k++) {
            expected += POLICY[k] * RIGHT[k];
        }
        double[] gradient = new double[POLICY.length];
        for (int k = 0; k < gradient.length; k++) {
            gradient[k] = POLICY[k] * (RIGHT[k] - expected);
        }
        return gradient;
    }

    private static double[] times(double[] vector, double factor) {
        double[] product = vector.clone();
        for (int k = 0; k < product.length; k++) {
            product[k] *= factor;
        }
        return product;
    }

    private static double[] softmax(double... logits) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        double[] probabilities = new double[logits.length];
        for (int k = 0; k < logits.length; k++) {
            probabilities[k] = Math.exp(logits[k]) / sum;
        }
        return probabilities;
    }
}
