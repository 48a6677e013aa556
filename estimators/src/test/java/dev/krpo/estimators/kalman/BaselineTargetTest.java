package dev.krpo.estimators.kalman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.estimators.kalman.ObservationNoise.Fixed;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BaselineTargetTest {

    private static final long SEED = 2_004L;

    @Test
    void shouldWeightARewardByTheMeanSquaredDistanceOfItsTokensFromCertainty() {
        double weight = BaselineTarget.LEAST_VARIANCE.weight(completion(1, 0.5, 0.25, 1));

        assertThat(weight).isCloseTo((0.25 + 0.5625 + 0) / 3, within(1e-7));
        assertThat(BaselineTarget.MEAN_REWARD.weight(completion(1, 0.5, 0.25, 1)))
                .isEqualTo(1);
    }

    @Test
    void shouldKeepEveryWeightAboveZeroAndAtMostOne() {
        assertThat(BaselineTarget.LEAST_VARIANCE.weight(completion(1, 1, 1))).isEqualTo(1e-6);
        assertThat(BaselineTarget.LEAST_VARIANCE.weight(completion(1, 1e-30))).isEqualTo(1);
    }

    @Test
    void shouldBeWithinAFactorOfTwoOfTheSquaredGradientInTheLogits() {
        Random random = new Random(SEED);
        for (int trial = 0; trial < 1_000; trial++) {
            double[] policy = softmax(random, 2 + random.nextInt(30));
            int token = random.nextInt(policy.length);
            double squares = 0;
            for (int k = 0; k < policy.length; k++) {
                squares += Math.pow((k == token ? 1 : 0) - policy[k], 2);
            }

            double weight = BaselineTarget.LEAST_VARIANCE.weight(completion(1, policy[token]));

            assertThat(squares).as("seed %d", SEED).isBetween(weight - 2e-6, 2 * weight + 2e-6);
        }
    }

    /**
     * With two answers the weight is the squared gradient up to a factor, and if one of them is right the mean is 1 -
     * p.
     */
    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9, 0.98})
    void shouldFindTheBaselineOfMinimumGradientVariance(double right) {
        Random random = new Random(SEED);
        KrpoEstimator estimator = Krpo.of(Krpo.withTarget(
                Krpo.withProcessNoise(Krpo.with(Krpo.DEFAULTS, new Fixed(0.1), Baseline.LEAVE_ONE_OUT, Scale.NONE), 0),
                BaselineTarget.LEAST_VARIANCE));
        State state = State.UNSEEN;
        for (int step = 0; step < 200_000; step++) {
            double reward = random.nextDouble() < right ? 1 : 0;
            state = estimator
                    .estimate(state, List.of(completion(reward, reward == 1 ? right : 1 - right)))
                    .state();
        }

        double baseline = state.weighted().prompt().mean();
        assertThat(baseline).as("seed %d", SEED).isCloseTo(1 - right, within(0.02));
        assertThat(gradientVariance(right, baseline))
                .as("seed %d", SEED)
                .isLessThanOrEqualTo(gradientVariance(right, right) + 1e-3)
                .isLessThan(gradientVariance(right, baseline + 0.1))
                .isLessThan(gradientVariance(right, baseline - 0.1));
    }

    /** The variance of {@code (r - b)(1[a] - p)}, the gradient in the right answer's logit, over the two answers. */
    private static double gradientVariance(double right, double baseline) {
        double ofRight = (1 - baseline) * (1 - right);
        double ofWrong = (0 - baseline) * (0 - right);
        double mean = right * ofRight + (1 - right) * ofWrong;
        return right * Math.pow(ofRight - mean, 2) + (1 - right) * Math.pow(ofWrong - mean, 2);
    }

    private static Observation completion(double reward, double... probabilities) {
        float[] logProbs = new float[probabilities.length];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = (float) Math.log(probabilities[i]);
        }
        return new Observation(reward, 0, logProbs, Map.of());
    }

    private static double[] softmax(Random random, int size) {
        double[] policy = new double[size];
        double sum = 0;
        for (int k = 0; k < size; k++) {
            policy[k] = Math.exp(3 * random.nextGaussian());
            sum += policy[k];
        }
        for (int k = 0; k < size; k++) {
            policy[k] /= sum;
        }
        return policy;
    }
}
