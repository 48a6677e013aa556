package dev.krpo.estimators;

/**
 * The choices of {@link KrpoEstimator}.
 *
 * @param target what a reward is compared with
 * @param processNoise Q, variance of the drift of a prompt's expected reward in one policy version, >= 0
 * @param observationNoise R
 * @param initialVariance P0, variance of the prompts' expected rewards around that of their dataset, > 0
 * @param priorMean expected reward of a dataset before its first reward
 * @param priorVariance how uncertain that is, > 0
 * @param baseline what a reward is compared with
 * @param scale what the difference is divided by
 */
public record KrpoOptions(
        FilterTarget target,
        double processNoise,
        ObservationNoise observationNoise,
        double initialVariance,
        double priorMean,
        double priorVariance,
        Baseline baseline,
        Scale scale) {

    /** What a reward is compared with. */
    public enum Baseline {
        /** The history and the other members of the group. */
        LEAVE_ONE_OUT,
        /** The history only. */
        PRIOR,
        /**
         * The history and the whole group, with the reward itself, as in the published algorithm
         * ({@link KrpoReferenceEstimator}) but in any order. It is biased: {@code r_i - x = (1 - K_i)(r_i - b_i)} with b_i of
         * {@link #LEAVE_ONE_OUT} and the gain K_i of the reward, so that the expected gradient of a prompt is too short, most where
         * least is known, and with {@link FilterTarget#LEAST_VARIANCE}, whose gain depends on the completion, turned as well. Scaled, it is the same advantage as leave-one-out.
         */
        POSTERIOR
    }

    /** What the difference of reward and baseline is divided by. */
    public enum Scale {
        /** Standard deviation that the filter predicts for the difference; it does not depend on the reward. */
        SQRT_INNOVATION_VARIANCE,
        /** Nothing. */
        NONE
    }
}
