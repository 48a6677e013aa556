package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Belief;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.estimators.kalman.ObservationNoise.Adaptive;
import dev.krpo.estimators.kalman.ObservationNoise.Bernoulli;
import dev.krpo.estimators.kalman.ObservationNoise.Fixed;
import java.util.List;

/**
 * The krpo estimator with default settings, for tests to modify. Its target is the mean reward, so tests of other
 * settings need no log-probs.
 */
public final class Krpo {

    public static final KrpoOptions DEFAULTS = options(
            BaselineTarget.MEAN_REWARD,
            1e-3,
            new Bernoulli(0.02),
            Baseline.LEAVE_ONE_OUT,
            Scale.SQRT_INNOVATION_VARIANCE);

    private Krpo() {}

    /** Every kind of observation noise, with default settings. */
    public static List<ObservationNoise> noises() {
        return List.of(new Fixed(0.1), new Bernoulli(0.02), new Adaptive(0.1, 0.01, 0.02));
    }

    public static KrpoEstimator of(KrpoOptions options) {
        return new KrpoEstimator(options);
    }

    public static KrpoEstimator of(ObservationNoise noise, Baseline baseline, Scale scale) {
        return of(with(DEFAULTS, noise, baseline, scale));
    }

    public static KrpoOptions with(KrpoOptions base, ObservationNoise noise, Baseline baseline, Scale scale) {
        return options(base.target(), base.processNoise(), noise, baseline, scale);
    }

    public static KrpoOptions withProcessNoise(KrpoOptions base, double processNoise) {
        return options(base.target(), processNoise, base.observationNoise(), base.baseline(), base.scale());
    }

    public static KrpoOptions withTarget(KrpoOptions base, BaselineTarget target) {
        return options(target, base.processNoise(), base.observationNoise(), base.baseline(), base.scale());
    }

    private static KrpoOptions options(
            BaselineTarget target, double processNoise, ObservationNoise noise, Baseline baseline, Scale scale) {
        return new KrpoOptions(target, processNoise, noise, 0.05, 0.5, 0.25, baseline, scale);
    }

    /** A known prompt of an unknown dataset. */
    public static State known(Belief prompt) {
        return new State(prompt, new Belief(0.5, 0.25, 0, prompt.policyVersion()));
    }
}
