package dev.krpo.trainer.settings;

import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.PolicySettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.TopicCatalogue;
import dev.krpo.trainer.learner.LearnerOptions;
import dev.krpo.trainer.loss.Aggregation;
import dev.krpo.trainer.loss.PolicyObjective;
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
    private static final String KL_COEFFICIENT = "trainer.klCoefficient";
    private static final String AGGREGATION = "trainer.aggregation";
    private static final String MAX_GRADIENT_NORM = "trainer.maxGradientNorm";
    private static final String BETA_1 = "trainer.beta1";
    private static final String BETA_2 = "trainer.beta2";
    private static final String EPSILON = "trainer.epsilon";
    private static final String WEIGHT_DECAY = "trainer.weightDecay";
    private static final String KEEP_CHECKPOINTS = "trainer.keepCheckpoints";
    private static final String KEEP_EVERY_VERSIONS = "trainer.keepEveryVersions";

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
                    ConfigDef.ValidString.in(PolicyObjective.names().toArray(new String[0])),
                    Importance.MEDIUM,
                    "What a token of an older version counts. clipped: PPO's surrogate. truncated-is: its importance ratio, at most truncation."
                            + " decoupled: PPO around the present policy, weighted with the ratio to the older one, at most truncation.")
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
                    "The importance ratio is clipped below at 1 - clipLow.")
            .define(
                    CLIP_HIGH,
                    Type.DOUBLE,
                    0.2,
                    positive(),
                    Importance.MEDIUM,
                    "The importance ratio is clipped above at 1 + clipHigh.")
            .define(
                    KL_COEFFICIENT,
                    Type.DOUBLE,
                    0.0,
                    nonNegative(),
                    Importance.MEDIUM,
                    "Weight of the k3 penalty that holds the policy near the base model; 0 skips the reference model.")
            .define(
                    AGGREGATION,
                    Type.STRING,
                    "token-mean",
                    ConfigDef.ValidString.in(Aggregation.names().toArray(new String[0])),
                    Importance.MEDIUM,
                    "token-mean: each token counts the same. sequence-mean: each completion counts the same.")
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
                            + " starts from them when the log has lost its beginning. 0 keeps none of them.");

    /** The settings that decide what a step does with its batch. */
    private static final List<String> LEARNER = List.of(
            LEARNING_RATE,
            WARMUP_STEPS,
            POLICY_LOSS,
            TRUNCATION,
            CLIP_LOW,
            CLIP_HIGH,
            KL_COEFFICIENT,
            AGGREGATION,
            MAX_GRADIENT_NORM,
            BETA_1,
            BETA_2,
            EPSILON,
            WEIGHT_DECAY);

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

    public int keepCheckpoints() {
        return getInt(KEEP_CHECKPOINTS);
    }

    public long keepEveryVersions() {
        return getLong(KEEP_EVERY_VERSIONS);
    }

    public LearnerOptions learnerOptions() {
        return new LearnerOptions(
                getDouble(LEARNING_RATE),
                getInt(WARMUP_STEPS),
                PolicyObjective.named(getString(POLICY_LOSS)),
                new PolicyObjective.Limits(getDouble(CLIP_LOW), getDouble(CLIP_HIGH), getDouble(TRUNCATION)),
                getDouble(KL_COEFFICIENT),
                Aggregation.named(getString(AGGREGATION)),
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
        return learner;
    }

    static ConfigDef.Validator positive() {
        return (name, value) -> require((Double) value > 0, name, value, "it must be positive");
    }

    private static ConfigDef.Validator nonNegative() {
        return (name, value) -> require((Double) value >= 0, name, value, "it must not be negative");
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
