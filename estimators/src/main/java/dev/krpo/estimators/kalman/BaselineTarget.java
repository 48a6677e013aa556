package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Observation;
import java.util.List;

/** The mean of a prompt's rewards that {@link KrpoEstimator} uses as baseline. */
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
     * minimises the variance of the policy gradient, which the expected reward does not (Greensmith, Bartlett and
     * Baxter 2004, "Variance reduction techniques for gradient estimates in reinforcement learning"). A policy that is
     * nearly certain of a right answer has large gradients only at its rare wrong answers; with the expected reward as
     * baseline each of those causes a large update, with this mean only a small one.
     *
     * <p>The mean of {@code (1 - pi_t)^2} over the tokens approximates g^2. The squared gradient of one token's
     * log-probability with respect to the logits, {@code (1 - pi_t)^2} plus the squares of the other probabilities, is
     * between one and two times that. For a whole completion it is closer to the sum, and for a loss averaged over each
     * completion closer to the sum divided by the squared length: the mean lies between the two and keeps a reward's
     * weight in (0, 1] at any length.
     */
    LEAST_VARIANCE {
        @Override
        double weight(Observation observation) {
            double squares = 0;
            for (float logProb : observation.logProbs()) {
                // StrictMath, so that results are bit-identical on every machine.
                double missed = StrictMath.expm1(logProb);
                squares += missed * missed;
            }
            return Math.max(MIN_WEIGHT, squares / observation.length());
        }
    };

    /** Keeps the noise finite for a completion of probability 1; far below the weight of a single uncertain token. */
    private static final double MIN_WEIGHT = 1e-6;

    /** Weight of a reward, in (0, 1]: the filter divides its observation noise by this. */
    abstract double weight(Observation observation);

    double[] weights(List<Observation> group) {
        return group.stream().mapToDouble(this::weight).toArray();
    }
}
