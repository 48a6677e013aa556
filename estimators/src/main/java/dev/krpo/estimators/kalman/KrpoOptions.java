package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Estimators;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/**
 * The options of {@link KrpoEstimator}, for rewards in [0, 1]; the settings below document each one.
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
            .doc("Mean of a prompt's rewards that krpo uses as baseline: least-variance = weighted by the squared"
                    + " gradient of each completion, estimated from its log-probs, which minimises the gradient"
                    + " variance; mean-reward = the expected reward.");
    private static final Setting<Baseline> BASELINE = SETTINGS.choice("baseline", Baseline.LEAVE_ONE_OUT)
            .doc("Sources of krpo's baseline: leave-one-out = history and the other members of the group (waits for"
                    + " the group if its size is above 1); prior = history alone, waits for no group unless"
                    + " estimator.filter does. Identical at group size 1. posterior = history and the whole group,"
                    + " including the reward itself, like the published code: without scale it is biased (steps too"
                    + " small, especially where little is known), with scale it equals leave-one-out.");
    private static final Setting<Scale> SCALE = SETTINGS.choice("scale", Scale.SQRT_INNOVATION_VARIANCE)
            .doc("Divisor of reward minus baseline in krpo: its predicted standard deviation, or none. Tune it"
                    + " together with the learning rate.");
    private static final Setting<Double> PROCESS_NOISE = SETTINGS.number("processNoise", 1e-3)
            .atLeast(0.0)
            .unit(VARIANCE)
            .doc("Q: variance added to a prompt's expected reward per policy version.");
    private static final Setting<NoiseModel> OBSERVATION_NOISE = SETTINGS.choice(
                    "observationNoise", NoiseModel.BERNOULLI)
            .doc("R: bernoulli = x(1-x) of the prompt's expected reward x, for right-or-wrong rewards; fixed ="
                    + " observationVariance; adaptive = learned from the rewards, per dataset and then per prompt.");
    private static final Setting<Double> NOISE_FLOOR = SETTINGS.number("observationNoiseFloor", 0.02)
            .above(0.0)
            .unit(VARIANCE)
            .doc("Minimum R of bernoulli and adaptive noise; bounds the advantage of a prompt's first surprise.");
    private static final Setting<Double> NOISE_GAIN = SETTINGS.number("observationNoiseGain", 0.01)
            .above(0.0)
            .atMost(1.0)
            .doc("Weight of one reward in the R of adaptive noise: R forgets within about 1/gain rewards of the dataset"
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

    /** The sources of a reward's baseline. */
    public enum Baseline {
        /** The history and the other members of the group. */
        LEAVE_ONE_OUT,
        /** The history only. */
        PRIOR,
        /**
         * The history and the whole group, including the reward itself, as in the published algorithm
         * ({@link KrpoReferenceEstimator}) but independent of the order. It is biased: {@code r_i - x = (1 - K_i)(r_i -
         * b_i)} with b_i of {@link #LEAVE_ONE_OUT} and the gain K_i of the reward, so the expected gradient of a prompt
         * is too short, especially where little is known, and with {@link BaselineTarget#LEAST_VARIANCE}, whose gain
         * depends on the completion, its direction changes as well. Scaled, the advantage equals leave-one-out's.
         */
        POSTERIOR
    }

    /** The divisor of reward minus baseline. */
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
