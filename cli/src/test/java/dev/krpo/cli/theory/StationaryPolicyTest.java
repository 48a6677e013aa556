package dev.krpo.cli.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.learner.penalty.DirectKl;
import dev.krpo.learner.penalty.K3;
import dev.krpo.settings.Config;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The limit of GRPO, arXiv 2502.18548 ("What is the Alignment Objective of GRPO?"): trains a softmax policy over a
 * handful of answers with the production loss and estimators on the exact expectation over groups, and compares it with
 * the stationary policy of the theory.
 *
 * <p>With P(o) the expected advantage of answer o under the policy: at the stationary point the k3 penalty has the
 * gradient of KL(reference || policy), so that {@code (1 - (P(o) - E P)/beta) pi(o) = ref(o)}; direct KL gives
 * {@code pi(o) ~ ref(o) exp(P(o)/beta)}.
 */
class StationaryPolicyTest {

    private static final double AGREEMENT = 1e-3;

    /**
     * The estimator divides by the sample's deviation (n - 1): in a group of two its advantages are +-1/sqrt 2, not
     * +-1.
     */
    private static final double PAIR = Math.sqrt(0.5);

    private static final double[] REFERENCE = {0.4, 0.3, 0.2, 0.1};
    private static final double[] GRADES = {0.1, 0.6, 0.3, 1};
    private static final double[] BINARY = {0, 0, 1, 1};

    private static final Estimator GRPO = estimator("grpo");
    private static final Estimator UNSCALED = estimator("dr-grpo");

    @Test
    void shouldConvergeToTheClosedFormOfPairsForTwoAnswers() {
        double reference = 0.3;
        double beta = 1.5;
        // x (1 - k (1 - x)) = q with k = preference strength / beta: a quadratic in x.
        double k = PAIR / beta;
        double right = (-(1 - k) + Math.sqrt((1 - k) * (1 - k) + 4 * k * reference)) / (2 * k);

        double[] trained = new SoftmaxTraining(new double[] {reference, 1 - reference}, new double[] {1, 0})
                .inPairs(GRPO, new K3(), beta);

        assertThat(trained[0]).isCloseTo(right, within(AGREEMENT)).isNotCloseTo(reference, within(0.05));
    }

    @Test
    void shouldConvergeToThePairwisePreferenceForGroupsOfTwo() {
        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inPairs(GRPO, new K3(), 1.5);

        assertThat(trained)
                .containsExactly(Stationary.reverse(REFERENCE, 1.5, StationaryPolicyTest::pairwise), within(AGREEMENT));
    }

    @Test
    void shouldConvergeToThePairwisePreferenceForGroupsOfTwoWithDirectKl() {
        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inPairs(GRPO, new DirectKl(), 0.5);

        assertThat(trained)
                .containsExactly(Stationary.direct(REFERENCE, 0.5, StationaryPolicyTest::pairwise), within(AGREEMENT));
    }

    @Test
    void shouldConvergeToTheClosedFormOfLargeGroupsForTwoAnswers() {
        double reference = 0.3;
        double beta = 2;
        double[] trained = new SoftmaxTraining(new double[] {reference, 1 - reference}, new double[] {1, 0})
                .inLargeGroups(GRPO, new K3(), beta);

        // P(right) = sqrt((1 - x)/x), so that x - sqrt(x (1 - x))/beta = q.
        double x = trained[0];
        assertThat(x - Math.sqrt(x * (1 - x)) / beta).isCloseTo(reference, within(AGREEMENT));
        assertThat(x).isGreaterThan(reference + 0.1);
    }

    @Test
    void shouldConvergeToTheStandardisedRewardForLargeGroups() {
        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inLargeGroups(GRPO, new K3(), 3);

        assertThat(trained)
                .containsExactly(
                        Stationary.reverse(REFERENCE, 3, policy -> standardised(policy, GRADES)), within(AGREEMENT));
    }

    @Test
    void shouldConvergeToTheStandardisedRewardForLargeGroupsWithDirectKl() {
        double[] trained = new SoftmaxTraining(REFERENCE, BINARY).inLargeGroups(GRPO, new DirectKl(), 1.5);

        assertThat(trained)
                .containsExactly(
                        Stationary.direct(REFERENCE, 1.5, policy -> standardised(policy, BINARY)), within(AGREEMENT));
    }

    @Test
    void shouldConvergeToTheCentredRewardWithoutScale() {
        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inLargeGroups(UNSCALED, new K3(), 1);

        assertThat(trained)
                .containsExactly(Stationary.reverse(REFERENCE, 1, policy -> GRADES.clone()), within(AGREEMENT));
    }

    @Test
    void shouldConvergeToTheExponentialTiltWithoutScaleAndWithDirectKl() {
        double beta = 0.5;
        double[] tilted = new double[REFERENCE.length];
        double sum = 0;
        for (int o = 0; o < tilted.length; o++) {
            tilted[o] = REFERENCE[o] * Math.exp(GRADES[o] / beta);
            sum += tilted[o];
        }
        for (int o = 0; o < tilted.length; o++) {
            tilted[o] /= sum;
        }

        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inLargeGroups(UNSCALED, new DirectKl(), beta);

        assertThat(trained).containsExactly(tilted, within(AGREEMENT));
    }

    @Test
    void shouldHalveTheCentredRewardInPairsWithoutScale() {
        // r - (r + r')/2 = (r - r')/2: the pair's own reward is in its mean.
        double[] trained = new SoftmaxTraining(REFERENCE, GRADES).inPairs(UNSCALED, new K3(), 0.5);

        assertThat(trained)
                .containsExactly(Stationary.reverse(REFERENCE, 1, policy -> GRADES.clone()), within(AGREEMENT));
    }

    /** Probability of beating another answer minus that of being beaten. */
    private static double[] pairwise(double[] policy) {
        double[] preference = new double[policy.length];
        for (int o = 0; o < policy.length; o++) {
            for (int other = 0; other < policy.length; other++) {
                preference[o] += PAIR * policy[other] * Math.signum(GRADES[o] - GRADES[other]);
            }
        }
        return preference;
    }

    private static double[] standardised(double[] policy, double[] rewards) {
        double mean = 0;
        double square = 0;
        for (int o = 0; o < policy.length; o++) {
            mean += policy[o] * rewards[o];
            square += policy[o] * rewards[o] * rewards[o];
        }
        double[] standardised = new double[policy.length];
        for (int o = 0; o < policy.length; o++) {
            standardised[o] = (rewards[o] - mean) / Math.sqrt(square - mean * mean);
        }
        return standardised;
    }

    private static Estimator estimator(String name) {
        return Estimators.of(Config.of(Map.of("estimator.name", name)));
    }
}
