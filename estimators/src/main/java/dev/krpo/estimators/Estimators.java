package dev.krpo.estimators;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The estimators by name, and the settings that several of them share. All other settings are in the classes that use
 * them.
 */
public final class Estimators {

    private static final Services<EstimatorFactory> ALL = Services.of(EstimatorFactory.class, "estimator");

    public static final Section SETTINGS = Section.of("estimator", "Estimator", "streams");

    public static final Setting<String> NAME = SETTINGS.choice("name", "krpo", ALL)
            .doc("How rewards become advantages: " + ALL.described() + ". The page on estimators compares them.");

    public static final Setting<RewardRange> REWARD_RANGE = SETTINGS.value(
                    "rewardRange", new RewardRange(0, 1), RewardRange.KIND)
            .unit("reward")
            .doc("Lowest and highest possible reward, for krpo, spo and mapo, which map the range to [0, 1]:"
                    + " variances, noises, priorMean and mapo's epsilon are in units of the range. A reward"
                    + " outside is rejected as reward-out-of-range. worker.overlongTokens lowers rewards by up to 1:"
                    + " use [-1, 1] for right-or-wrong rewards with it. The other estimators accept any finite reward"
                    + " up to 1e6.");

    public static final Setting<Double> PRIOR_MEAN = SETTINGS.number("priorMean", 0.5)
            .between(0.0, 1.0)
            .unit("share of the reward range")
            .doc("Expected reward of a dataset before its first reward, for krpo and spo: 0 = lowest, 1 = highest. It"
                    + " hardly matters after a few rewards.");

    public static final Setting<Double> EPSILON = SETTINGS.number("epsilon", 1e-8)
            .atLeast(0.0)
            .unit("reward; mapo: reward range")
            .doc("Added by grpo, gdpo, ngrpo, mapo and grpo-lead to the group's standard deviation. The deviation"
                    + " counts as at least a thousandth of the group's largest absolute reward.");

    private Estimators() {}

    /** The settings of all estimators, shared ones first. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /** The valid values of {@link #NAME}. */
    public static Set<String> names() {
        return ALL.names();
    }

    /**
     * A new estimator as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static Estimator of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }

    /** The range outside which rewards are rejected; empty if the estimator accepts any finite reward. */
    public static Optional<RewardRange> rewardRange(Config config) {
        return of(config) instanceof RangedEstimator ? Optional.of(config.get(REWARD_RANGE)) : Optional.empty();
    }
}
