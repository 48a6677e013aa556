package dev.krpo.streams;

import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.RolloutSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicRepair;
import dev.krpo.schemas.serde.RecordLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DefaultProductionExceptionHandler;
import org.apache.kafka.streams.processor.PunctuationType;

/** How the topology runs. */
public final class StreamsSettings extends AbstractConfig {

    private static final String APPLICATION_ID = "streams.applicationId";
    private static final String SOURCE_PREFIX = "streams.sourcePrefix";
    private static final String STATE_DIR = "streams.stateDir";
    private static final String THREADS = "streams.threads";
    private static final String STANDBY_REPLICAS = "streams.standbyReplicas";
    private static final String COMMIT_INTERVAL_MS = "streams.commitIntervalMs";
    private static final String GROUP_TIMEOUT_MS = "streams.groupTimeoutMs";
    private static final String GROUP_CLOCK = "streams.groupClock";
    private static final String DEDUPLICATION_IDS = "streams.deduplicationIds";
    private static final String CACHE_MB = "streams.cacheMb";
    static final String ROCKS_DB_MEMORY_MB = "streams.rocksDbMemoryMb";

    private static final String WALL = "wall";
    private static final String STREAM = "stream";

    /** As much as the topics take; {@link DecodeRollouts} leaves room for what is added to a rollout. */
    private static final int PRODUCER_BATCH_BYTES = 64 << 10;

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    APPLICATION_ID,
                    Type.STRING,
                    null,
                    Importance.MEDIUM,
                    "Names the consumer group, the transactions and the changelog topics; <topics.prefix>-streams if not set. Processes with"
                            + " one id share the work.")
            .define(
                    SOURCE_PREFIX,
                    Type.STRING,
                    null,
                    Importance.LOW,
                    "topics.prefix of the run whose rollouts are estimated, if it is another one; `krpo replay --estimator` sets it.")
            .define(
                    STATE_DIR,
                    Type.STRING,
                    "streams-state",
                    new ConfigDef.NonEmptyString(),
                    Importance.MEDIUM,
                    "Directory of the state stores; one for each process. It may be lost: the stores are restored from their changelogs.")
            .define(
                    THREADS,
                    Type.INT,
                    2,
                    ConfigDef.Range.between(1, 1_000),
                    Importance.MEDIUM,
                    "Stream threads of this process; more than topics.partitions are idle.")
            .define(
                    STANDBY_REPLICAS,
                    Type.INT,
                    0,
                    ConfigDef.Range.between(0, 100),
                    Importance.MEDIUM,
                    "Warm copies of each state store in other processes, for quick takeover.")
            .define(
                    COMMIT_INTERVAL_MS,
                    Type.LONG,
                    100L,
                    ConfigDef.Range.between(1, 60_000),
                    Importance.MEDIUM,
                    "How often the transaction is committed, milliseconds; readers see advantages this late.")
            .define(
                    GROUP_TIMEOUT_MS,
                    Type.LONG,
                    60_000L,
                    ConfigDef.Range.between(1, 86_400_000),
                    Importance.MEDIUM,
                    "How long an estimator that compares the members of a group waits for the missing ones, milliseconds; then it takes what"
                            + " has arrived.")
            .define(
                    GROUP_CLOCK,
                    Type.STRING,
                    WALL,
                    ConfigDef.ValidString.in(WALL, STREAM),
                    Importance.LOW,
                    "Clock of groupTimeoutMs: wall = time passes even when no rollouts arrive; stream = time of the rollouts, the same on"
                            + " every replay, but it stands still with them.")
            .define(
                    DEDUPLICATION_IDS,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(16, 100_000),
                    Importance.LOW,
                    "How many rolloutIds of each prompt are remembered so that repeats are dropped; more than a prompt gets rollouts while a"
                            + " task may be redelivered, and several times the largest group. A group as large as this is rejected.")
            .define(
                    CACHE_MB,
                    Type.INT,
                    64,
                    ConfigDef.Range.between(0, 1_000_000),
                    Importance.LOW,
                    "Memory of this process for states between two commits, MiB.")
            .define(
                    ROCKS_DB_MEMORY_MB,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(16, 1_000_000),
                    Importance.LOW,
                    "Memory of all state stores of this process together, MiB, outside the Java heap.");

    private final KafkaSettings kafka;
    private final TopicSettings topics;
    private final BehaviourRules behaviourRules;

    public StreamsSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        kafka = new KafkaSettings(config);
        topics = new TopicSettings(config);
        behaviourRules = new BehaviourRules(new RolloutSettings(config).minLogProb());
    }

    BehaviourRules behaviourRules() {
        return behaviourRules;
    }

    public String applicationId() {
        String id = getString(APPLICATION_ID);
        return id == null || id.isBlank() ? topics.prefix() + "-streams" : id;
    }

    /** Where the stores of this application are, which one process at a time may use. */
    public Path stateDirectory() {
        return Path.of(getString(STATE_DIR), applicationId());
    }

    /** The topic whose rollouts are estimated. */
    String rolloutsTopic() {
        return source(Topic.ROLLOUTS);
    }

    /** The topic in which the versions of these rollouts were announced. */
    String policyVersionsTopic() {
        return source(Topic.POLICY_VERSIONS);
    }

    /** Of the rollouts topic. */
    int partitions() {
        return topics.partitions();
    }

    private String source(Topic topic) {
        String prefix = getString(SOURCE_PREFIX);
        return (prefix == null || prefix.isBlank() ? topics.prefix() : prefix) + "." + topic.suffix();
    }

    boolean skipsLostRollouts() {
        return topics.skipsLostRecords();
    }

    public Duration groupTimeout() {
        return Duration.ofMillis(getLong(GROUP_TIMEOUT_MS));
    }

    public PunctuationType groupClock() {
        return getString(GROUP_CLOCK).equals(STREAM) ? PunctuationType.STREAM_TIME : PunctuationType.WALL_CLOCK_TIME;
    }

    /** Ids remembered of each prompt. */
    public int deduplicationIds() {
        return getInt(DEDUPLICATION_IDS);
    }

    /** What Kafka Streams is started with: these settings on top of the {@code kafka.*} ones. */
    public Properties properties() {
        Map<String, Object> fixed = new HashMap<>();
        fixed.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId());
        fixed.put(StreamsConfig.STATE_DIR_CONFIG, getString(STATE_DIR));
        fixed.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, getInt(THREADS));
        fixed.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, getInt(STANDBY_REPLICAS));
        fixed.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) topics.replicationFactor());
        fixed.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, getLong(COMMIT_INTERVAL_MS));
        fixed.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, (long) getInt(CACHE_MB) << 20);
        fixed.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        fixed.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        fixed.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        fixed.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        // By this process's clock, one that is hours ahead could not close a group: brokers refuse timestamps of the
        // future.
        fixed.put(StreamsConfig.topicPrefix("message.timestamp.type"), "LogAppendTime");
        // A waiting member of a group is as large as its rollout.
        fixed.put(StreamsConfig.topicPrefix("max.message.bytes"), Integer.toString(RecordLimits.MAX_BYTES));
        fixed.put(
                StreamsConfig.topicPrefix("min.insync.replicas"),
                Integer.toString(TopicRepair.minInsyncReplicas(topics.replicationFactor())));
        // A record that cannot be written must stop the thread: going on would lose a rollout without a trace.
        fixed.put(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, DefaultProductionExceptionHandler.class);
        fixed.put(ROCKS_DB_MEMORY_MB, getInt(ROCKS_DB_MEMORY_MB));
        Map<String, Object> merged = kafka.client(fixed);
        merged.putIfAbsent("auto.offset.reset", "earliest");
        merged.putIfAbsent(StreamsConfig.producerPrefix("max.request.size"), RecordLimits.MAX_BYTES);
        merged.putIfAbsent(
                StreamsConfig.TASK_TIMEOUT_MS_CONFIG, kafka.clientTimeout().toMillis());
        // The default of 16 KiB holds some thirty rollouts; a commit interval brings many more.
        merged.putIfAbsent(StreamsConfig.producerPrefix("batch.size"), PRODUCER_BATCH_BYTES);
        // A crashed process is replaced after this time; Kafka's 45 s would be as long a gap in the advantages.
        merged.putIfAbsent("session.timeout.ms", 10_000);
        Properties properties = new Properties();
        properties.putAll(merged);
        return properties;
    }
}
