package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Observation;
import java.util.List;

/** Which mean of a prompt's rewards {@link KrpoEstimator} compares a reward with. */
public enum BaselineTarget {
    /** The expected reward: every reward counts the same. */
    MEAN_REWARD {
        @Override
        double weight(Observation observation) {
            return 1;
        }
    },

    /**
     * The mean weighted by the squared gradient of the completion, {@code E[g^2 r]/E[g^2]}: the constant baseline that
     * leaves the policy gradient the least variance, which the expected reward does not (Greensmith, Bartlett and
     * Baxter 2004, "Variance reduction techniques for gradient estimates in reinforcement learning"). A policy that is
     * nearly certain of a right answer has a large gradient only at its rare wrong ones; compared with the expected
     * reward each of those would move it far, compared with this mean it hardly does.
     *
     * <p>For g^2 stands the mean over the tokens of {@code (1 - pi_t)^2}. The squared gradient of one token's
     * log-probability in the logits, {@code (1 - pi_t)^2} and the squares of the other probabilities, is between that
     * and twice that. Of a whole completion it is rather the sum, and in a loss that averages over each completion the
     * sum over the squared length: the mean lies between the two, and keeps the weight of a reward in (0, 1] at any
     * length.
     */
    LEAST_VARIANCE {
        @Override
        double weight(Observation observation) {
            double squares = 0;
            for (float logProb : observation.logProbs()) {
                // Strict, so that every machine estimates the same bits.
                double missed = StrictMath.expm1(logProb);
                squares += missed * missed;
            }
            return Math.max(LEAST_WEIGHT, squares / observation.length());
        }
    };

    /**
     * Keeps the noise of a completion that could not have been another finite; far below what a single uncertain token
     * weighs.
     */
    private static final double LEAST_WEIGHT = 1e-6;

    /** How much a reward counts: the filter takes its observation noise divided by this, in (0, 1]. */
    abstract double weight(Observation observation);

    double[] weights(List<Observation> group) {
        return group.stream().mapToDouble(this::weight).toArray();
    }
}
