package dev.krpo.estimators;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The estimators by name, and the settings that several of them share. The others stand in the classes that use them.
 */
public final class Estimators {

    private static final Map<String, Function<Config, Estimator>> ALL = new TreeMap<>(Map.ofEntries(
            Map.entry(KrpoEstimator.NAME, Estimators::krpo),
            Map.entry(KrpoReferenceEstimator.NAME, config -> new KrpoReferenceEstimator()),
            Map.entry(GrpoEstimator.NAME, config -> new GrpoEstimator(epsilon(config))),
            Map.entry(DrGrpoEstimator.NAME, config -> new DrGrpoEstimator()),
            Map.entry(RlooEstimator.NAME, config -> new RlooEstimator()),
            Map.entry(OpoEstimator.NAME, config -> new OpoEstimator()),
            Map.entry(SpoEstimator.NAME, Estimators::spo),
            Map.entry(
                    GdpoEstimator.NAME,
                    config -> new GdpoEstimator(config.get(GdpoEstimator.REWARD_WEIGHTS), epsilon(config))),
            Map.entry(
                    NgrpoEstimator.NAME,
                    config -> new NgrpoEstimator(config.get(NgrpoEstimator.MAX_REWARD), epsilon(config))),
            Map.entry(
                    MapoEstimator.NAME,
                    config -> ranged(new MapoEstimator(epsilon(config)), RangedEstimator.Unit.NONE, config)),
            Map.entry(
                    GrpoLeadEstimator.NAME,
                    config -> new GrpoLeadEstimator(config.get(GrpoLeadEstimator.LENGTH_PENALTY), epsilon(config))),
            Map.entry(ReinforceEstimator.NAME, config -> new ReinforceEstimator())));

    public static final Section SETTINGS = Section.of("estimator", "Estimator", "streams");

    public static final Setting<String> NAME = SETTINGS.choice("name", KrpoEstimator.NAME, ALL.keySet())
            .doc("How rewards become advantages: krpo = a Kalman filter for each prompt that persists, works from group"
                    + " size 1; krpo-reference = the published filter, new in every group; grpo = group"
                    + " normalisation; dr-grpo = group mean; rloo = mean of the others; opo = mean weighted by"
                    + " length; spo = success counts for each prompt that persist; gdpo = each reward component"
                    + " normalised; ngrpo = grpo with a virtual best member; mapo = mixes two scales by certainty;"
                    + " grpo-lead = prefers short answers and hard prompts; reinforce = the reward itself. The page"
                    + " on estimators compares them.");

    public static final Setting<RewardRange> REWARD_RANGE = SETTINGS.value(
                    "rewardRange", new RewardRange(0, 1), RewardRange.KIND)
            .unit("reward")
            .doc("Lowest and highest reward there is, for krpo, spo and mapo, which map it to [0, 1]: variances,"
                    + " noises, priorMean and mapo's epsilon are in that unit, whatever the rewards are. A reward"
                    + " outside is rejected as reward-out-of-range. worker.overlongTokens lowers rewards by up to 1:"
                    + " use [-1, 1] for right-or-wrong rewards with it. The other estimators take any finite reward"
                    + " up to 1e6.");

    static final Setting<Double> PRIOR_MEAN = SETTINGS.number("priorMean", 0.5)
            .between(0.0, 1.0)
            .unit("share of the reward range")
            .doc("Expected reward of a dataset before its first reward, for krpo and spo: 0 = lowest, 1 = highest. It"
                    + " hardly matters after a few rewards.");

    static final Setting<Double> EPSILON = SETTINGS.number("epsilon", 1e-8)
            .atLeast(0.0)
            .unit("reward; mapo: reward range")
            .doc("Added by grpo, gdpo, ngrpo, mapo and grpo-lead to the group's standard deviation. The deviation"
                    + " counts as at least a thousandth of the group's largest absolute reward.");

    private Estimators() {}

    /** The names that {@link #NAME} takes. */
    public static Set<String> names() {
        return ALL.keySet();
    }

    /**
     * A new estimator as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static Estimator of(Config config) {
        return ALL.get(config.get(NAME)).apply(config);
    }

    /** The range outside which rewards are rejected; empty if the estimator takes rewards of any. */
    public static Optional<RewardRange> rewardRange(Config config) {
        return of(config) instanceof RangedEstimator ? Optional.of(config.get(REWARD_RANGE)) : Optional.empty();
    }

    /** Minimum number of completions of a prompt that estimator and group filter can work with. */
    public static int smallestGroup(Config config) {
        return Math.max(of(config).smallestGroup(), SampleFilters.of(config).smallestGroup());
    }

    private static Estimator krpo(Config config) {
        KrpoOptions options = KrpoOptions.of(config);
        boolean scaled = options.scale() != KrpoOptions.Scale.NONE;
        return ranged(
                new KrpoEstimator(options), scaled ? RangedEstimator.Unit.NONE : RangedEstimator.Unit.REWARD, config);
    }

    private static Estimator spo(Config config) {
        return ranged(
                new SpoEstimator(config.get(PRIOR_MEAN), config.get(SpoEstimator.HALF_LIFE)),
                RangedEstimator.Unit.REWARD,
                config);
    }

    private static Estimator ranged(Estimator estimator, RangedEstimator.Unit unit, Config config) {
        RewardRange range = config.get(REWARD_RANGE);
        return new RangedEstimator(estimator, range.lowest(), range.highest(), unit);
    }

    private static double epsilon(Config config) {
        return config.get(EPSILON);
    }
}
