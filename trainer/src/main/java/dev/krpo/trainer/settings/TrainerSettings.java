package dev.krpo.trainer.settings;

import dev.krpo.learner.LearnerOptions;
import dev.krpo.learner.LossOptions;
import dev.krpo.learner.loss.AdvantageNormalization;
import dev.krpo.learner.loss.Aggregation;
import dev.krpo.learner.loss.KlEstimator;
import dev.krpo.learner.loss.PolicyObjective;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.TopicCatalogue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** How the policy is trained. */
public final class TrainerSettings extends AbstractConfig {

    private static final String BATCH_SIZE = "trainer.batchSize";
    private static final String MAX_STEPS = "trainer.maxSteps";
    private static final String LEARNING_RATE = "trainer.learningRate";
    private static final String WARMUP_STEPS = "trainer.warmupSteps";
    private static final String POLICY_LOSS = "trainer.policyLoss";
    private static final String TRUNCATION = "trainer.truncation";
    private static final String CLIP_LOW = "trainer.clipLow";
    private static final String CLIP_HIGH = "trainer.clipHigh";
    private static final String CLIP_C = "trainer.clipC";
    private static final String MAX_LOG_RATIO = "trainer.maxLogRatio";
    private static final String KL_COEFFICIENT = "trainer.klCoefficient";
    private static final String KL_ESTIMATOR = "trainer.klEstimator";
    private static final String ENTROPY_COEFFICIENT = "trainer.entropyCoefficient";
    private static final String AGGREGATION = "trainer.aggregation";
    private static final String MAX_TOKENS = "trainer.maxTokens";
    private static final String LENGTH_PREFERENCE = "trainer.lengthPreference";
    private static final String ADVANTAGE_NORMALIZATION = "trainer.advantageNormalization";
    private static final String MAX_GRADIENT_NORM = "trainer.maxGradientNorm";
    private static final String BETA_1 = "trainer.beta1";
    private static final String BETA_2 = "trainer.beta2";
    private static final String EPSILON = "trainer.epsilon";
    private static final String WEIGHT_DECAY = "trainer.weightDecay";
    private static final String REMEMBERED_IDS = "trainer.rememberedIds";
    private static final String KEEP_CHECKPOINTS = "trainer.keepCheckpoints";
    private static final String KEEP_EVERY_VERSIONS = "trainer.keepEveryVersions";
    private static final String CHECKPOINT_TIMEOUT_MS = "trainer.checkpointTimeoutMs";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    BATCH_SIZE,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(1, 1_000_000),
                    Importance.HIGH,
                    "Samples of one optimizer step; each step makes one policy version.")
            .define(
                    MAX_STEPS,
                    Type.LONG,
                    Long.MAX_VALUE,
                    ConfigDef.Range.atLeast(1),
                    Importance.MEDIUM,
                    "The trainer stops by itself after this many steps of the policy, earlier runs included.")
            .define(LEARNING_RATE, Type.DOUBLE, 1e-4, positive(), Importance.HIGH, "AdamW step size.")
            .define(
                    WARMUP_STEPS,
                    Type.INT,
                    10,
                    ConfigDef.Range.atLeast(0),
                    Importance.LOW,
                    "Steps over which the learning rate rises linearly from 0.")
            .define(
                    POLICY_LOSS,
                    Type.STRING,
                    "clipped",
                    in(PolicyObjective.names()),
                    Importance.MEDIUM,
                    "What a token of an older version counts. clipped: PPO's surrogate. truncated-is: its importance ratio, at most truncation."
                            + " decoupled: PPO around the present policy, weighted with the ratio to the older one, at most truncation."
                            + " gspo: the surrogate of whole completions, clipped 500 times closer (0.0003 and 0.0004)."
                            + " gmpo: the geometric mean of ratios clipped in log space (0.4 and 0.4)."
                            + " cispo: log-probability weighted with the clipped ratio (clipLow 1 sets no lower bound)."
                            + " tic: the ratio of whole completions, clipped above. docs/reference/losses.md has the formulas.")
            .define(
                    TRUNCATION,
                    Type.DOUBLE,
                    2.0,
                    positive(),
                    Importance.LOW,
                    "Largest importance weight of truncated-is and decoupled.")
            .define(
                    CLIP_LOW,
                    Type.DOUBLE,
                    0.2,
                    positive(),
                    Importance.MEDIUM,
                    "The importance ratio is clipped below at 1 - clipLow (gmpo: its log at -clipLow). 0.2 is for ratios of tokens; gspo needs"
                            + " its own.")
            .define(
                    CLIP_HIGH,
                    Type.DOUBLE,
                    0.2,
                    positive(),
                    Importance.MEDIUM,
                    "The importance ratio is clipped above at 1 + clipHigh (gmpo: its log at clipHigh).")
            .define(
                    CLIP_C,
                    Type.DOUBLE,
                    3.0,
                    aboveOne(),
                    Importance.LOW,
                    "Largest importance ratio that counts with a negative advantage, where clipped, gspo and gmpo clip none (dual clip, arXiv"
                            + " 1912.09729); Infinity leaves them unbounded. The other losses have a bound of their own.")
            .define(
                    MAX_LOG_RATIO,
                    Type.DOUBLE,
                    20.0,
                    positiveOrInfinite(),
                    Importance.LOW,
                    "Log importance ratios are bounded at plus and minus this before they become ratios; Infinity bounds none.")
            .define(
                    KL_COEFFICIENT,
                    Type.DOUBLE,
                    0.0,
                    nonNegative(),
                    Importance.MEDIUM,
                    "Weight of the KL penalty that holds the policy near the base model; 0 skips the reference model.")
            .define(
                    KL_ESTIMATOR,
                    Type.STRING,
                    "k3",
                    in(KlEstimator.names()),
                    Importance.LOW,
                    "The KL penalty. k1, k2, k3: estimated from the tokens drawn; k1 and k2 have the same gradient. direct: summed over the"
                            + " vocabulary at each position.")
            .define(
                    ENTROPY_COEFFICIENT,
                    Type.DOUBLE,
                    0.0,
                    nonNegative(),
                    Importance.LOW,
                    "Weight of the bonus for the entropy of the policy at each position, nats; 0 skips it.")
            .define(
                    AGGREGATION,
                    Type.STRING,
                    "token-mean",
                    in(Aggregation.names()),
                    Importance.MEDIUM,
                    "token-mean: each token counts the same. sequence-mean: each completion counts the same; what gspo, gmpo and tic are made"
                            + " for. constant: the sum over tokens divided by samples times maxTokens (Dr. GRPO)."
                            + " length-weighted: token-mean with lengthPreference (lambda-GRPO).")
            .define(
                    MAX_TOKENS,
                    Type.INT,
                    0,
                    ConfigDef.Range.between(0, 1_000_000),
                    Importance.LOW,
                    "Tokens that aggregation constant divides by, for each sample; 0 takes scheduler.maxNewTokens.")
            .define(
                    LENGTH_PREFERENCE,
                    Type.DOUBLE,
                    0.0,
                    finite(),
                    Importance.LOW,
                    "Lambda of aggregation length-weighted: below 0 short completions count more, above 0 long ones; 0 is token-mean.")
            .define(
                    ADVANTAGE_NORMALIZATION,
                    Type.STRING,
                    "none",
                    in(AdvantageNormalization.names()),
                    Importance.MEDIUM,
                    "Of the advantages of a batch, before the loss. batch-mean-std: standardised over its samples (SPO, GDPO)."
                            + " token-mean-std: over its tokens (REINFORCE++). batch-std: divided by their standard deviation only.")
            .define(
                    MAX_GRADIENT_NORM,
                    Type.DOUBLE,
                    1.0,
                    positive(),
                    Importance.MEDIUM,
                    "Gradients are scaled down to this L2 norm.")
            .define(BETA_1, Type.DOUBLE, 0.9, fraction(), Importance.LOW, "AdamW: decay of the first moment.")
            .define(BETA_2, Type.DOUBLE, 0.99, fraction(), Importance.LOW, "AdamW: decay of the second moment.")
            .define(EPSILON, Type.DOUBLE, 1e-8, positive(), Importance.LOW, "AdamW: added to the denominator.")
            .define(WEIGHT_DECAY, Type.DOUBLE, 0.0, nonNegative(), Importance.LOW, "AdamW: decoupled weight decay.")
            .define(
                    REMEMBERED_IDS,
                    Type.INT,
                    20_000,
                    ConfigDef.Range.between(0, 10_000_000),
                    Importance.LOW,
                    "Newest rolloutIds that were trained, remembered so that none is trained again when it is sent again. A start reads the samples"
                            + " of so many from the log.")
            .define(
                    KEEP_CHECKPOINTS,
                    Type.INT,
                    10,
                    ConfigDef.Range.atLeast(2),
                    Importance.MEDIUM,
                    "Newest checkpoints kept, besides version 0.")
            .define(
                    KEEP_EVERY_VERSIONS,
                    Type.LONG,
                    100L,
                    ConfigDef.Range.atLeast(0),
                    Importance.LOW,
                    "Also keep each version that is a multiple of this, for topics.retentionMs after this trainer started or made it: replay"
                            + " starts from them when the log has lost its beginning. 0 keeps none of them.")
            .define(
                    CHECKPOINT_TIMEOUT_MS,
                    Type.LONG,
                    300_000L,
                    ConfigDef.Range.atLeast(0),
                    Importance.LOW,
                    "How long the trainer keeps trying to write a checkpoint while policy.checkpoints is away or full before it ends,"
                            + " milliseconds.");

    /** The settings that decide what a step does with its batch. */
    private static final List<String> LEARNER = List.of(
            LEARNING_RATE,
            WARMUP_STEPS,
            POLICY_LOSS,
            TRUNCATION,
            CLIP_LOW,
            CLIP_HIGH,
            CLIP_C,
            MAX_LOG_RATIO,
            KL_COEFFICIENT,
            KL_ESTIMATOR,
            ENTROPY_COEFFICIENT,
            AGGREGATION,
            MAX_TOKENS,
            LENGTH_PREFERENCE,
            ADVANTAGE_NORMALIZATION,
            MAX_GRADIENT_NORM,
            BETA_1,
            BETA_2,
            EPSILON,
            WEIGHT_DECAY);

    /** What releases did that could not yet record these settings, and whose steps the defaults of today would take otherwise. */
    private static final Map<String, String> BEFORE_RECORDED = Map.of(
            CLIP_C, String.valueOf(Double.POSITIVE_INFINITY), MAX_LOG_RATIO, String.valueOf(Double.POSITIVE_INFINITY));

    private final KafkaSettings kafka;
    private final TopicCatalogue catalogue;
    private final PolicySettings policy;
    private final SchedulerSettings scheduler;

    public TrainerSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        kafka = new KafkaSettings(config);
        catalogue = new TopicCatalogue(new TopicSettings(config));
        policy = new PolicySettings(config);
        scheduler = new SchedulerSettings(config);
        if (batchSize() == 1 && !getString(ADVANTAGE_NORMALIZATION).equals("none")) {
            throw new ConfigException(
                    ADVANTAGE_NORMALIZATION,
                    getString(ADVANTAGE_NORMALIZATION),
                    "one sample has no standard deviation; make " + BATCH_SIZE + " 2 at least");
        }
        if (batchSize() % scheduler.groupSize() != 0) {
            throw new ConfigException(
                    BATCH_SIZE,
                    batchSize(),
                    "make it a multiple of scheduler.groupSize (" + scheduler.groupSize() + ")");
        }
    }

    public KafkaSettings kafka() {
        return kafka;
    }

    public TopicCatalogue catalogue() {
        return catalogue;
    }

    public PolicySettings policy() {
        return policy;
    }

    public SchedulerSettings scheduler() {
        return scheduler;
    }

    public int batchSize() {
        return getInt(BATCH_SIZE);
    }

    public long maxSteps() {
        return getLong(MAX_STEPS);
    }

    public int rememberedIds() {
        return getInt(REMEMBERED_IDS);
    }

    public int keepCheckpoints() {
        return getInt(KEEP_CHECKPOINTS);
    }

    public long keepEveryVersions() {
        return getLong(KEEP_EVERY_VERSIONS);
    }

    public long checkpointTimeoutMs() {
        return getLong(CHECKPOINT_TIMEOUT_MS);
    }

    public LearnerOptions learnerOptions() {
        return new LearnerOptions(
                getDouble(LEARNING_RATE),
                getInt(WARMUP_STEPS),
                new LossOptions(
                        AdvantageNormalization.named(getString(ADVANTAGE_NORMALIZATION)),
                        PolicyObjective.named(getString(POLICY_LOSS)),
                        new PolicyObjective.Limits(
                                getDouble(CLIP_LOW),
                                getDouble(CLIP_HIGH),
                                getDouble(TRUNCATION),
                                getDouble(CLIP_C),
                                getDouble(MAX_LOG_RATIO)),
                        Aggregation.named(getString(AGGREGATION), maxTokens(), getDouble(LENGTH_PREFERENCE)),
                        KlEstimator.named(getString(KL_ESTIMATOR)),
                        getDouble(KL_COEFFICIENT),
                        getDouble(ENTROPY_COEFFICIENT)),
                getDouble(MAX_GRADIENT_NORM),
                getDouble(BETA_1),
                getDouble(BETA_2),
                getDouble(EPSILON),
                getDouble(WEIGHT_DECAY));
    }

    /** What {@link #learnerOptions} comes from, as text by setting name. */
    public Map<String, String> learnerSettings() {
        Map<String, String> learner = new LinkedHashMap<>();
        LEARNER.forEach(name -> learner.put(name, String.valueOf(get(name))));
        learner.put(MAX_TOKENS, String.valueOf(maxTokens()));
        return learner;
    }

    /**
     * These settings with those of the learner as a step recorded them. What a step of an earlier release could not record is as
     * that release did it: at its default, or without a bound that came later. A step that recorded none at all leaves the other
     * settings as they are.
     */
    public TrainerSettings as(Map<String, String> recorded) {
        Map<String, Object> config = new HashMap<>(originals());
        if (!recorded.isEmpty()) {
            LEARNER.forEach(config::remove);
        }
        config.putAll(BEFORE_RECORDED);
        LEARNER.stream().filter(recorded::containsKey).forEach(name -> config.put(name, recorded.get(name)));
        return new TrainerSettings(config);
    }

    private int maxTokens() {
        return getInt(MAX_TOKENS) > 0 ? getInt(MAX_TOKENS) : scheduler.maxNewTokens();
    }

    static ConfigDef.Validator positive() {
        return (name, value) -> require(
                (float) (double) value > 0 && (float) (double) value < Float.POSITIVE_INFINITY,
                name,
                value,
                "it must be positive and finite, in float32");
    }

    private static ConfigDef.Validator positiveOrInfinite() {
        return (name, value) -> require((Double) value > 0, name, value, "it must be positive; Infinity is no bound");
    }

    private static ConfigDef.Validator aboveOne() {
        return (name, value) -> require((Double) value > 1, name, value, "it must be above 1");
    }

    private static ConfigDef.Validator nonNegative() {
        return (name, value) -> require(
                (Double) value >= 0 && (float) (double) value < Float.POSITIVE_INFINITY,
                name,
                value,
                "it must be finite, in float32, and not negative");
    }

    private static ConfigDef.Validator finite() {
        return (name, value) -> require(Double.isFinite((Double) value), name, value, "it must be a finite number");
    }

    private static ConfigDef.Validator in(List<String> names) {
        return ConfigDef.ValidString.in(names.toArray(new String[0]));
    }

    private static ConfigDef.Validator fraction() {
        return (name, value) -> require((Double) value >= 0 && (Double) value < 1, name, value, "it must be in [0, 1)");
    }

    private static void require(boolean holds, String name, Object value, String message) {
        if (!holds) {
            throw new ConfigException(name, value, message);
        }
    }
}
