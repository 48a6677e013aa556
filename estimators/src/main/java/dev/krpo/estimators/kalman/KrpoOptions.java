package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Estimators;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/**
 * The choices of {@link KrpoEstimator}, for rewards in [0, 1]; the settings beside them document each.
 *
 * @param processNoise Q
 * @param observationNoise R
 * @param initialVariance P0
 */
public record KrpoOptions(
        BaselineTarget target,
        double processNoise,
        ObservationNoise observationNoise,
        double initialVariance,
        double priorMean,
        double priorVariance,
        Baseline baseline,
        Scale scale) {

    private static final String VARIANCE = "reward range squared";

    public static final Section SETTINGS = Section.of("estimator", "Estimator krpo", "streams");

    private static final Setting<BaselineTarget> TARGET = SETTINGS.choice("target", BaselineTarget.LEAST_VARIANCE)
            .doc("Which mean of a prompt's rewards krpo compares with: least-variance = weighted by the squared"
                    + " gradient of each completion, as its log-probs tell it, which is the baseline of minimum"
                    + " gradient variance; mean-reward = the expected reward.");
    private static final Setting<Baseline> BASELINE = SETTINGS.choice("baseline", Baseline.LEAVE_ONE_OUT)
            .doc("What krpo compares a reward with: leave-one-out = history and the other members of the group (waits"
                    + " for the group when its size is above 1); prior = history alone, waits for no group unless"
                    + " estimator.filter does. The same at group size 1. posterior = history and the whole group with"
                    + " the reward itself, as the published code does: without scale it is biased (steps too small,"
                    + " most where least is known), with scale it equals leave-one-out.");
    private static final Setting<Scale> SCALE = SETTINGS.choice("scale", Scale.SQRT_INNOVATION_VARIANCE)
            .doc("What krpo divides reward minus baseline by: its predicted standard deviation, or nothing. Tune it"
                    + " together with the learning rate.");
    private static final Setting<Double> PROCESS_NOISE = SETTINGS.number("processNoise", 1e-3)
            .atLeast(0.0)
            .unit(VARIANCE)
            .doc("Q: variance that a prompt's expected reward gains in one policy version.");
    private static final Setting<NoiseModel> OBSERVATION_NOISE = SETTINGS.choice(
                    "observationNoise", NoiseModel.BERNOULLI)
            .doc("R: bernoulli = x(1-x) of the prompt's expected reward x, for right-or-wrong rewards; fixed ="
                    + " observationVariance; adaptive = learned from the rewards, for each dataset and from there for"
                    + " each prompt.");
    private static final Setting<Double> NOISE_FLOOR = SETTINGS.number("observationNoiseFloor", 0.02)
            .above(0.0)
            .unit(VARIANCE)
            .doc("Minimum R of bernoulli and adaptive noise; bounds the advantage of a prompt's first surprise.");
    private static final Setting<Double> NOISE_GAIN = SETTINGS.number("observationNoiseGain", 0.01)
            .above(0.0)
            .atMost(1.0)
            .doc("Weight of one reward in the R of adaptive noise: R forgets within some 1/this rewards of the dataset"
                    + " or the prompt.");
    private static final Setting<Double> OBSERVATION_VARIANCE = SETTINGS.number("observationVariance", 0.1)
            .above(0.0)
            .unit(VARIANCE)
            .doc("R of fixed noise, and of adaptive noise before a dataset's first reward.");
    private static final Setting<Double> INITIAL_VARIANCE = SETTINGS.number("initialVariance", 0.05)
            .above(0.0)
            .unit(VARIANCE)
            .doc("P0: variance of the prompts' expected rewards around that of their dataset.");
    private static final Setting<Double> PRIOR_VARIANCE =
            SETTINGS.number("priorVariance", 0.25).above(0.0).unit(VARIANCE).doc("How uncertain priorMean is.");

    /** What a reward is compared with. */
    public enum Baseline {
        /** The history and the other members of the group. */
        LEAVE_ONE_OUT,
        /** The history only. */
        PRIOR,
        /**
         * The history and the whole group, with the reward itself, as in the published algorithm
         * ({@link KrpoReferenceEstimator}) but in any order. It is biased: {@code r_i - x = (1 - K_i)(r_i - b_i)} with
         * b_i of {@link #LEAVE_ONE_OUT} and the gain K_i of the reward, so that the expected gradient of a prompt is
         * too short, most where least is known, and with {@link BaselineTarget#LEAST_VARIANCE}, whose gain depends on
         * the completion, turned as well. Scaled, it is the same advantage as leave-one-out.
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

    private enum NoiseModel {
        BERNOULLI,
        FIXED,
        ADAPTIVE
    }

    static KrpoOptions of(Config config) {
        return new KrpoOptions(
                config.get(TARGET),
                config.get(PROCESS_NOISE),
                observationNoise(config),
                config.get(INITIAL_VARIANCE),
                config.get(Estimators.PRIOR_MEAN),
                config.get(PRIOR_VARIANCE),
                config.get(BASELINE),
                config.get(SCALE));
    }

    private static ObservationNoise observationNoise(Config config) {
        double variance = config.get(OBSERVATION_VARIANCE);
        double floor = config.get(NOISE_FLOOR);
        return switch (config.get(OBSERVATION_NOISE)) {
            case BERNOULLI -> new ObservationNoise.Bernoulli(floor);
            case FIXED -> new ObservationNoise.Fixed(variance);
            case ADAPTIVE -> new ObservationNoise.Adaptive(variance, config.get(NOISE_GAIN), floor);
        };
    }
}
