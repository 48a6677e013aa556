package dev.krpo.streams.settings;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicRepair;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import dev.krpo.streams.processor.DecodeRollouts;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.DefaultProductionExceptionHandler;

/** Settings of the topology. */
public final class StreamsSettings {

    public static final Section SECTION = Section.of("streams", "Topology", "streams");

    public static final Setting<Optional<String>> APPLICATION_ID = SECTION.optionalText("applicationId")
            .doc("Name of the consumer group, transactional ids and changelog topics; <topics.prefix>-streams"
                    + " if not set. Processes with the same id share the work.");
    public static final Setting<Optional<String>> SOURCE_PREFIX = SECTION.optionalText("sourcePrefix")
            .doc("topics.prefix of the run whose rollouts are estimated, if different; set by `krpo replay"
                    + " --estimator`.");
    public static final Setting<Path> STATE_DIR = SECTION.path("stateDir", "streams-state")
            .doc("Directory of the state stores; each process needs its own. It may be lost: the stores are"
                    + " restored from their changelogs.");
    public static final Setting<Integer> THREADS = SECTION.integer("threads", 2)
            .between(1, 1_000)
            .unit("threads")
            .doc("Stream threads of this process; any beyond topics.partitions are idle.");
    private static final Setting<Integer> STANDBY_REPLICAS = SECTION.integer("standbyReplicas", 0)
            .between(0, 100)
            .unit("copies")
            .doc("Standby replicas of each state store in other processes, for fast failover.");
    public static final Setting<Long> COMMIT_INTERVAL_MS = SECTION.integer("commitIntervalMs", 100L)
            .between(1L, 60_000L)
            .unit("ms")
            .doc("Interval between commits of the transaction; delays the visibility of advantages by up to"
                    + " this time.");
    public static final Setting<Long> GROUP_TIMEOUT_MS = SECTION.integer("groupTimeoutMs", 60_000L)
            .between(1L, 86_400_000L)
            .unit("ms")
            .doc("How long an estimator that compares the members of a group waits for missing ones; after that"
                    + " it uses those that have arrived.");
    public static final Setting<GroupClock> GROUP_CLOCK = SECTION.choice("groupClock", GroupClock.WALL)
            .doc("Clock of groupTimeoutMs: wall = time passes even if no rollouts arrive; stream = timestamps"
                    + " of the rollouts, the same on every replay, but it only advances as rollouts arrive.");
    public static final Setting<Integer> DEDUPLICATION_IDS = SECTION.integer("deduplicationIds", 256)
            .between(16, 100_000)
            .unit("ids per prompt")
            .doc("Number of rolloutIds remembered per prompt in order to drop repeats; must exceed the number"
                    + " of rollouts that a prompt gets while a task may be redelivered, and be several times"
                    + " the largest group. A group as large as this is rejected.");
    private static final Setting<Integer> CACHE_MB = SECTION.integer("cacheMb", 64)
            .between(0, 1_000_000)
            .unit("MiB")
            .doc("Memory of this process for caching states between commits.");

    /** The clock that closes incomplete groups. */
    public enum GroupClock {
        WALL,
        STREAM
    }

    /** The limit of the topics; {@link DecodeRollouts} leaves room for the data added to a rollout. */
    private static final int PRODUCER_BATCH_BYTES = 64 << 10;

    private final Config config;
    private final KafkaSettings kafka;

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public StreamsSettings(Config config) {
        this.config = config;
        kafka = new KafkaSettings(config);
        SECTION.settings().forEach(config::get);
    }

    public String applicationId() {
        return config.get(APPLICATION_ID).orElseGet(() -> config.get(TopicSettings.PREFIX) + "-streams");
    }

    /** Directory of this application's stores; only one process at a time may use it. */
    public Path stateDirectory() {
        return config.get(STATE_DIR).resolve(applicationId());
    }

    /** The topic whose rollouts are estimated. */
    public String rolloutsTopic() {
        return source(Topic.ROLLOUTS);
    }

    /** The topic with the announcements of these rollouts' versions. */
    public String policyVersionsTopic() {
        return source(Topic.POLICY_VERSIONS);
    }

    private String source(Topic topic) {
        return config.get(SOURCE_PREFIX).orElseGet(() -> config.get(TopicSettings.PREFIX)) + "." + topic.suffix();
    }

    /** The Kafka Streams configuration: these settings on top of the {@code kafka.*} ones. */
    public Properties properties() {
        Map<String, Object> fixed = new HashMap<>();
        fixed.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId());
        fixed.put(StreamsConfig.STATE_DIR_CONFIG, config.get(STATE_DIR).toString());
        fixed.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.get(THREADS));
        fixed.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, config.get(STANDBY_REPLICAS));
        fixed.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, config.get(TopicSettings.REPLICATION_FACTOR));
        fixed.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.get(COMMIT_INTERVAL_MS));
        fixed.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, (long) config.get(CACHE_MB) << 20);
        fixed.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        fixed.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        fixed.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        fixed.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        // With this process' clock hours ahead, a group could not be closed: brokers reject future timestamps.
        fixed.put(StreamsConfig.topicPrefix("message.timestamp.type"), "LogAppendTime");
        // A waiting member of a group is as large as its rollout.
        fixed.put(StreamsConfig.topicPrefix("max.message.bytes"), Integer.toString(RecordLimits.MAX_BYTES));
        fixed.put(
                StreamsConfig.topicPrefix("min.insync.replicas"),
                Integer.toString(TopicRepair.minInsyncReplicas(config.get(TopicSettings.REPLICATION_FACTOR))));
        // A record that cannot be written must stop the thread: continuing would silently lose a rollout.
        fixed.put(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, DefaultProductionExceptionHandler.class);
        fixed.put(BoundedRocksDb.MEMORY_MB.key(), config.get(BoundedRocksDb.MEMORY_MB));
        Map<String, Object> merged = kafka.client(fixed);
        merged.putIfAbsent("auto.offset.reset", "earliest");
        merged.putIfAbsent(StreamsConfig.producerPrefix("max.request.size"), RecordLimits.MAX_BYTES);
        merged.putIfAbsent(
                StreamsConfig.TASK_TIMEOUT_MS_CONFIG, kafka.clientTimeout().toMillis());
        // The default of 16 KiB holds about thirty rollouts; many more arrive per commit interval.
        merged.putIfAbsent(StreamsConfig.producerPrefix("batch.size"), PRODUCER_BATCH_BYTES);
        // A crashed process is replaced after this time; Kafka's default would leave a gap of 45 s in the advantages.
        merged.putIfAbsent("session.timeout.ms", 10_000);
        Properties properties = new Properties();
        properties.putAll(merged);
        return properties;
    }
}
