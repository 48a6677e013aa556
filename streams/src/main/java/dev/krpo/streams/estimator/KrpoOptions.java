package dev.krpo.streams.estimator;

/**
 * The choices of {@link KrpoEstimator}.
 *
 * @param processNoise Q, variance of the drift of a prompt's expected reward in one policy version, >= 0
 * @param observationNoise R
 * @param initialVariance P0, variance of the prompts' expected rewards around that of their dataset, > 0
 * @param priorMean expected reward of a dataset before its first reward
 * @param priorVariance how uncertain that is, > 0
 * @param baseline what a reward is compared with
 * @param scale what the difference is divided by
 */
public record KrpoOptions(
        double processNoise,
        ObservationNoise observationNoise,
        double initialVariance,
        double priorMean,
        double priorVariance,
        Baseline baseline,
        Scale scale) {

    /** What a reward is compared with; neither contains the reward itself. */
    public enum Baseline {
        /** The history and the other members of the group. */
        LEAVE_ONE_OUT,
        /** The history only. */
        PRIOR
    }

    /** What the difference of reward and baseline is divided by. */
    public enum Scale {
        /** Standard deviation that the filter predicts for the difference. */
        SQRT_INNOVATION_VARIANCE,
        /** Nothing. */
        NONE
    }
}
