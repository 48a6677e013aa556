package dev.krpo.streams;

import dev.krpo.estimators.DrGrpoEstimator;
import dev.krpo.estimators.EqualRewardsFilter;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.FilterTarget;
import dev.krpo.estimators.GdpoEstimator;
import dev.krpo.estimators.GroupFilter;
import dev.krpo.estimators.GrpoEstimator;
import dev.krpo.estimators.GrpoLeadEstimator;
import dev.krpo.estimators.KrpoEstimator;
import dev.krpo.estimators.KrpoOptions;
import dev.krpo.estimators.KrpoOptions.Baseline;
import dev.krpo.estimators.KrpoOptions.Scale;
import dev.krpo.estimators.KrpoReferenceEstimator;
import dev.krpo.estimators.MapoEstimator;
import dev.krpo.estimators.NgrpoEstimator;
import dev.krpo.estimators.ObservationNoise;
import dev.krpo.estimators.OpoEstimator;
import dev.krpo.estimators.PodsFilter;
import dev.krpo.estimators.RangedEstimator;
import dev.krpo.estimators.ReinforceEstimator;
import dev.krpo.estimators.RlooEstimator;
import dev.krpo.estimators.SpoEstimator;
import dev.krpo.runtime.settings.RewardRange;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** Which estimator, and its options. A new estimator is its class, its line in {@link #ESTIMATORS} and its options here. */
public final class EstimatorSettings extends AbstractConfig {

    private static final Map<String, Function<EstimatorSettings, Estimator>> ESTIMATORS = new TreeMap<>(Map.ofEntries(
            Map.entry(KrpoEstimator.NAME, EstimatorSettings::krpo),
            Map.entry(KrpoReferenceEstimator.NAME, settings -> new KrpoReferenceEstimator()),
            Map.entry(GrpoEstimator.NAME, settings -> new GrpoEstimator(settings.epsilon())),
            Map.entry(DrGrpoEstimator.NAME, settings -> new DrGrpoEstimator()),
            Map.entry(RlooEstimator.NAME, settings -> new RlooEstimator()),
            Map.entry(OpoEstimator.NAME, settings -> new OpoEstimator()),
            Map.entry(SpoEstimator.NAME, EstimatorSettings::spo),
            Map.entry(GdpoEstimator.NAME, settings -> new GdpoEstimator(settings.rewardWeights(), settings.epsilon())),
            Map.entry(
                    NgrpoEstimator.NAME,
                    settings ->
                            new NgrpoEstimator(settings.getDouble(EstimatorSettings.MAX_REWARD), settings.epsilon())),
            Map.entry(
                    MapoEstimator.NAME,
                    settings -> settings.ranged(new MapoEstimator(settings.epsilon()), RangedEstimator.Unit.NONE)),
            Map.entry(
                    GrpoLeadEstimator.NAME,
                    settings -> new GrpoLeadEstimator(
                            settings.getDouble(EstimatorSettings.LENGTH_PENALTY), settings.epsilon())),
            Map.entry(ReinforceEstimator.NAME, settings -> new ReinforceEstimator())));

    private static final Map<String, Function<EstimatorSettings, GroupFilter>> FILTERS = new TreeMap<>(Map.of(
            GroupFilter.NONE.name(),
            settings -> GroupFilter.NONE,
            EqualRewardsFilter.REINFORCE_REJ,
            settings -> new EqualRewardsFilter(EqualRewardsFilter.REINFORCE_REJ),
            EqualRewardsFilter.DYNAMIC_SAMPLING,
            settings -> new EqualRewardsFilter(EqualRewardsFilter.DYNAMIC_SAMPLING),
            PodsFilter.NAME,
            settings -> new PodsFilter(settings.getInt(EstimatorSettings.PODS_KEEP))));

    private static final String NAME = "estimator.name";
    private static final String TARGET = "estimator.target";
    private static final String BASELINE = "estimator.baseline";
    private static final String SCALE = "estimator.scale";
    private static final String PROCESS_NOISE = "estimator.processNoise";
    private static final String OBSERVATION_NOISE = "estimator.observationNoise";
    private static final String OBSERVATION_NOISE_FLOOR = "estimator.observationNoiseFloor";
    private static final String OBSERVATION_NOISE_GAIN = "estimator.observationNoiseGain";
    private static final String OBSERVATION_VARIANCE = "estimator.observationVariance";
    private static final String INITIAL_VARIANCE = "estimator.initialVariance";
    private static final String PRIOR_MEAN = "estimator.priorMean";
    private static final String PRIOR_VARIANCE = "estimator.priorVariance";
    private static final String EPSILON = "estimator.epsilon";
    private static final String SPO_HALF_LIFE = "estimator.spoHalfLifeVersions";
    private static final String REWARD_WEIGHTS = "estimator.rewardWeights";
    private static final String MAX_REWARD = "estimator.maxReward";
    private static final String LENGTH_PENALTY = "estimator.lengthPenalty";

    private static final Pattern WEIGHT = Pattern.compile("\\s*\\S.*=\\s*-?\\d{1,18}(\\.\\d{1,18})?\\s*");
    private static final String FILTER = "estimator.filter";
    private static final String FILTER_COMPONENT = "estimator.filterComponent";
    private static final String PODS_KEEP = "estimator.podsKeep";

    private static final String LEAST_VARIANCE = "least-variance";
    private static final String MEAN_REWARD = "mean-reward";
    private static final String LEAVE_ONE_OUT = "leave-one-out";
    private static final String PRIOR = "prior";
    private static final String POSTERIOR = "posterior";
    private static final String SQRT_INNOVATION_VARIANCE = "sqrt-innovation-variance";
    private static final String NONE = "none";
    private static final String BERNOULLI = "bernoulli";
    private static final String FIXED = "fixed";
    private static final String ADAPTIVE = "adaptive";

    public static final ConfigDef DEFINITION = new ConfigDef(RewardRange.DEFINITION)
            .define(
                    NAME,
                    Type.STRING,
                    KrpoEstimator.NAME,
                    ConfigDef.ValidString.in(names().toArray(String[]::new)),
                    Importance.HIGH,
                    "How rewards become advantages: krpo = a Kalman filter for each prompt that persists, works from group size 1;"
                            + " krpo-reference = the published filter, new in every group; grpo = group normalisation; dr-grpo ="
                            + " group mean; rloo = mean of the others; opo = mean weighted by length; spo = success counts for each"
                            + " prompt that persist; gdpo = each reward component normalised; ngrpo = grpo with a virtual best"
                            + " member; mapo = mixes two scales by certainty; grpo-lead = prefers short answers and hard prompts;"
                            + " reinforce = the reward itself. docs/reference/estimators.md compares them. The other estimator.* settings"
                            + " are for krpo unless they name another one.")
            .define(
                    TARGET,
                    Type.STRING,
                    LEAST_VARIANCE,
                    ConfigDef.ValidString.in(LEAST_VARIANCE, MEAN_REWARD),
                    Importance.HIGH,
                    "Which mean of a prompt's rewards krpo compares with: least-variance = weighted by the squared gradient of each"
                            + " completion, as its log-probs tell it, which is the baseline of least gradient variance; mean-reward ="
                            + " the expected reward.")
            .define(
                    BASELINE,
                    Type.STRING,
                    LEAVE_ONE_OUT,
                    ConfigDef.ValidString.in(LEAVE_ONE_OUT, PRIOR, POSTERIOR),
                    Importance.MEDIUM,
                    "What krpo compares a reward with: leave-one-out = history and the other members of the group (waits for the group when"
                            + " its size is above 1); prior = history alone, waits for no group unless estimator.filter does. The same at group size 1. posterior ="
                            + " history and the whole group with the reward itself, as the published code does: without scale it is biased"
                            + " (steps too small, most where least is known), with scale it equals leave-one-out.")
            .define(
                    SCALE,
                    Type.STRING,
                    SQRT_INNOVATION_VARIANCE,
                    ConfigDef.ValidString.in(SQRT_INNOVATION_VARIANCE, NONE),
                    Importance.MEDIUM,
                    "What krpo divides reward minus baseline by: its predicted standard deviation, or nothing. Goes together with the step size.")
            .define(
                    PROCESS_NOISE,
                    Type.DOUBLE,
                    1e-3,
                    EstimatorSettings::checkNotNegative,
                    Importance.MEDIUM,
                    "Q: variance that a prompt's expected reward gains in one policy version, in units of the reward range squared.")
            .define(
                    OBSERVATION_NOISE,
                    Type.STRING,
                    BERNOULLI,
                    ConfigDef.ValidString.in(BERNOULLI, FIXED, ADAPTIVE),
                    Importance.MEDIUM,
                    "R: bernoulli = x(1-x) of the prompt's expected reward x, for right-or-wrong rewards; fixed = observationVariance;"
                            + " adaptive = learned from the rewards, for each dataset and from there for each prompt.")
            .define(
                    OBSERVATION_NOISE_FLOOR,
                    Type.DOUBLE,
                    0.02,
                    EstimatorSettings::checkPositive,
                    Importance.LOW,
                    "Minimum R of bernoulli and adaptive noise, in units of the reward range squared; bounds the advantage of a prompt's first"
                            + " surprise.")
            .define(
                    OBSERVATION_NOISE_GAIN,
                    Type.DOUBLE,
                    0.01,
                    EstimatorSettings::checkShare,
                    Importance.LOW,
                    "Weight of one reward in the R of adaptive noise: R forgets within some 1/this rewards of the dataset or the prompt.")
            .define(
                    OBSERVATION_VARIANCE,
                    Type.DOUBLE,
                    0.1,
                    EstimatorSettings::checkPositive,
                    Importance.LOW,
                    "R of fixed noise, and of adaptive noise before a dataset's first reward, in units of the reward range squared.")
            .define(
                    INITIAL_VARIANCE,
                    Type.DOUBLE,
                    0.05,
                    EstimatorSettings::checkPositive,
                    Importance.MEDIUM,
                    "P0: variance of the prompts' expected rewards around that of their dataset, in units of the reward range squared.")
            .define(
                    PRIOR_MEAN,
                    Type.DOUBLE,
                    0.5,
                    EstimatorSettings::checkPriorMean,
                    Importance.LOW,
                    "Expected reward of a dataset before its first reward, for krpo and spo, as a share of the reward range: 0 = lowest,"
                            + " 1 = highest. A few rewards later it hardly matters.")
            .define(
                    PRIOR_VARIANCE,
                    Type.DOUBLE,
                    0.25,
                    EstimatorSettings::checkPositive,
                    Importance.LOW,
                    "How uncertain priorMean is, in units of the reward range squared.")
            .define(
                    EPSILON,
                    Type.DOUBLE,
                    1e-8,
                    EstimatorSettings::checkNotNegative,
                    Importance.LOW,
                    "What grpo, gdpo, ngrpo, mapo and grpo-lead add to the group's standard deviation, in units of reward (mapo: of the reward"
                            + " range). The deviation counts as at least a thousandth of the group's largest absolute reward.")
            .define(
                    SPO_HALF_LIFE,
                    Type.DOUBLE,
                    20.0,
                    EstimatorSettings::checkPositive,
                    Importance.LOW,
                    "Policy versions in which spo forgets half of what it knows of a prompt, as far as its limits let it: a reward"
                            + " keeps between 0.875 and 0.96 of it.")
            .define(
                    REWARD_WEIGHTS,
                    Type.LIST,
                    List.of(),
                    EstimatorSettings::checkWeights,
                    Importance.MEDIUM,
                    "What gdpo multiplies each normalised reward component with: name=weight, name=weight. Components that are not"
                            + " named are ignored; empty = all components of a rollout with weight 1.")
            .define(
                    MAX_REWARD,
                    Type.DOUBLE,
                    1.0,
                    EstimatorSettings::checkFinite,
                    Importance.MEDIUM,
                    "Reward of ngrpo's virtual member: the greatest that a completion can get.")
            .define(
                    LENGTH_PENALTY,
                    Type.DOUBLE,
                    0.05,
                    EstimatorSettings::checkNotNegative,
                    Importance.LOW,
                    "How much of its reward a right answer loses with grpo-lead for each standard deviation that it is longer than"
                            + " the mean of the right ones, about: the reward is multiplied by exp(-lengthPenalty * z).")
            .define(
                    FILTER,
                    Type.STRING,
                    GroupFilter.NONE.name(),
                    ConfigDef.ValidString.in(FILTERS.keySet().toArray(String[]::new)),
                    Importance.MEDIUM,
                    "Which completions of a group are left out of training: none; reinforce-rej and dynamic-sampling (two names of one"
                            + " filter) = all of a group whose rewards are equal, such as all right or all wrong; pods = all but the"
                            + " podsKeep with the largest variance of reward. Samples left out go to advantages under the filter's name,"
                            + " and others are generated in their place. A filter waits for the whole group, whatever the estimator,"
                            + " and needs scheduler.groupSize >= 2.")
            .define(
                    FILTER_COMPONENT,
                    Type.STRING,
                    null,
                    Importance.LOW,
                    "The reward component that the filter looks at, such as exact-match when the total also punishes length; the total"
                            + " reward if not set.")
            .define(
                    PODS_KEEP,
                    Type.INT,
                    4,
                    ConfigDef.Range.between(2, 1024),
                    Importance.MEDIUM,
                    "Completions that pods keeps of a group; less than scheduler.groupSize, or none is left out.");

    private final RewardRange rewardRange;

    /** @throws ConfigException naming the setting, its value and the remedy */
    public EstimatorSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        rewardRange = RewardRange.of(config);
    }

    /** The names that {@code estimator.name} takes. */
    public static Set<String> names() {
        return ESTIMATORS.keySet();
    }

    /** A new estimator as configured. */
    public Estimator estimator() {
        return ESTIMATORS.get(getString(NAME)).apply(this);
    }

    /** Fewest completions of a prompt that estimator and filter can work with: smaller groups are refused. */
    public int smallestGroup() {
        return rules().smallestGroup();
    }

    /** The range outside which rewards are rejected; empty if the estimator takes rewards of any. */
    public Optional<RewardRange> rewardRange() {
        return estimator() instanceof RangedEstimator ? Optional.of(rewardRange) : Optional.empty();
    }

    /** A new estimator and the group filter, as configured. */
    GroupRules rules() {
        return new GroupRules(estimator(), selection());
    }

    private GroupSelection selection() {
        GroupFilter filter = FILTERS.get(getString(FILTER)).apply(this);
        String component = getString(FILTER_COMPONENT);
        return new GroupSelection(filter, component == null || filter == GroupFilter.NONE ? "" : component);
    }

    private Estimator krpo() {
        KrpoOptions options = krpoOptions();
        return ranged(
                new KrpoEstimator(options),
                options.scale() == Scale.NONE ? RangedEstimator.Unit.REWARD : RangedEstimator.Unit.NONE);
    }

    private Estimator ranged(Estimator estimator, RangedEstimator.Unit unit) {
        return new RangedEstimator(estimator, rewardRange.lowest(), rewardRange.highest(), unit);
    }

    private KrpoOptions krpoOptions() {
        return new KrpoOptions(
                getString(TARGET).equals(MEAN_REWARD) ? FilterTarget.MEAN_REWARD : FilterTarget.LEAST_VARIANCE,
                getDouble(PROCESS_NOISE),
                observationNoise(),
                getDouble(INITIAL_VARIANCE),
                getDouble(PRIOR_MEAN),
                getDouble(PRIOR_VARIANCE),
                baseline(),
                getString(SCALE).equals(NONE) ? Scale.NONE : Scale.SQRT_INNOVATION_VARIANCE);
    }

    private double epsilon() {
        return getDouble(EPSILON);
    }

    private Estimator spo() {
        return ranged(new SpoEstimator(getDouble(PRIOR_MEAN), getDouble(SPO_HALF_LIFE)), RangedEstimator.Unit.REWARD);
    }

    private Map<String, Double> rewardWeights() {
        Map<String, Double> weights = new TreeMap<>();
        for (String entry : getList(REWARD_WEIGHTS)) {
            int equals = entry.lastIndexOf('=');
            weights.put(entry.substring(0, equals).strip(), Double.valueOf(entry.substring(equals + 1)));
        }
        return weights;
    }

    private static void checkWeights(String name, Object value) {
        for (Object entry : (List<?>) value) {
            if (!WEIGHT.matcher((String) entry).matches()) {
                throw new ConfigException(
                        name, value, "'" + entry + "' is not name=weight with a decimal number as weight");
            }
        }
    }

    private ObservationNoise observationNoise() {
        double variance = getDouble(OBSERVATION_VARIANCE);
        double floor = getDouble(OBSERVATION_NOISE_FLOOR);
        return switch (getString(OBSERVATION_NOISE)) {
            case FIXED -> new ObservationNoise.Fixed(variance);
            case ADAPTIVE -> new ObservationNoise.Adaptive(variance, getDouble(OBSERVATION_NOISE_GAIN), floor);
            default -> new ObservationNoise.Bernoulli(floor);
        };
    }

    private Baseline baseline() {
        return switch (getString(BASELINE)) {
            case PRIOR -> Baseline.PRIOR;
            case POSTERIOR -> Baseline.POSTERIOR;
            default -> Baseline.LEAVE_ONE_OUT;
        };
    }

    private static void checkFinite(String name, Object value) {
        if (!Double.isFinite((Double) value)) {
            throw new ConfigException(name, value, "use a finite number");
        }
    }

    private static void checkPriorMean(String name, Object value) {
        checkFinite(name, value);
        if ((Double) value < 0 || (Double) value > 1) {
            throw new ConfigException(name, value, "use a number in [0, 1], the share of estimator.rewardRange");
        }
    }

    private static void checkNotNegative(String name, Object value) {
        checkFinite(name, value);
        if ((Double) value < 0) {
            throw new ConfigException(name, value, "use a number >= 0");
        }
    }

    private static void checkPositive(String name, Object value) {
        checkFinite(name, value);
        if ((Double) value <= 0) {
            throw new ConfigException(name, value, "use a number > 0");
        }
    }

    private static void checkShare(String name, Object value) {
        checkPositive(name, value);
        if ((Double) value > 1) {
            throw new ConfigException(name, value, "use a number <= 1");
        }
    }
}
