package dev.krpo.streams.estimator;

/**
 * The choices of {@link KrpoEstimator}.
 *
 * @param target what the filter follows
 * @param processNoise Q, variance of the drift of what the filter follows in one policy version, >= 0
 * @param observationNoise R
 * @param initialVariance P0, variance of what the prompts' filters follow around that of their dataset, > 0
 * @param priorMean what a dataset's filter holds before its first reward
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
         * least is known. Scaled, it is the same advantage as leave-one-out.
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
