package dev.krpo.runtime.settings;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** How the topics are named and created. */
public final class TopicSettings extends AbstractConfig {

    private static final String PREFIX = "topics.prefix";
    private static final String PARTITIONS = "topics.partitions";
    private static final String TASK_PARTITIONS = "topics.taskPartitions";
    private static final String REPLICATION_FACTOR = "topics.replicationFactor";
    private static final String RETENTION_MS = "topics.retentionMs";
    public static final String TASK_LOCK_MS = "topics.taskLockMs";
    public static final String TASK_DELIVERIES = "topics.taskDeliveries";

    private static final String ON_LOST_RECORDS = "topics.onLostRecords";
    private static final String STOP = "stop";
    private static final String SKIP = "skip";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    PREFIX,
                    Type.STRING,
                    "krpo",
                    TopicSettings::checkPrefix,
                    Importance.HIGH,
                    "Topics are named <prefix>.<name>; consumer groups and transactional ids start with it too. One prefix is one run.")
            .define(
                    PARTITIONS,
                    Type.INT,
                    4,
                    ConfigDef.Range.between(1, 10_000),
                    Importance.HIGH,
                    "Partitions of the topics that are keyed by prompt; policy-versions and training-steps have one. Cannot be changed once a run"
                            + " has data.")
            .define(
                    TASK_PARTITIONS,
                    Type.INT,
                    1,
                    ConfigDef.Range.between(1, 10_000),
                    Importance.LOW,
                    "Partitions of rollout-tasks. All workers share one; take more only when the tasks they hold at a time exceed the broker's"
                            + " group.share.partition.max.record.locks, and always fewer than workers: a partition with one worker waits for that"
                            + " worker, even if it hangs.")
            .define(
                    REPLICATION_FACTOR,
                    Type.SHORT,
                    (short) 1,
                    ConfigDef.Range.between(1, 100),
                    Importance.MEDIUM,
                    "Replicas of each partition.")
            .define(
                    RETENTION_MS,
                    Type.LONG,
                    604_800_000L,
                    ConfigDef.Range.atLeast(-1),
                    Importance.MEDIUM,
                    "How long rollout-tasks, rollouts, advantages and dead-letters keep records, milliseconds; -1 is forever. Replay needs"
                            + " what it replays. The other topics keep everything that a restart needs, whatever this says.")
            .define(
                    TASK_LOCK_MS,
                    Type.INT,
                    30_000,
                    ConfigDef.Range.between(1_000, 3_600_000),
                    Importance.MEDIUM,
                    "How long a task stays with a worker that has died, milliseconds. A worker at work renews its locks, however long a generation"
                            + " takes. Brokers allow 15000 to 60000 unless their group.share.min.record.lock.duration.ms and"
                            + " group.share.max.record.lock.duration.ms say otherwise.")
            .define(
                    TASK_DELIVERIES,
                    Type.INT,
                    5,
                    ConfigDef.Range.between(3, 10),
                    Importance.LOW,
                    "Deliveries of a task, releases by stopping workers included, after which it becomes a dead letter. The same for topics create"
                            + " and for all workers.")
            .define(
                    ON_LOST_RECORDS,
                    Type.STRING,
                    STOP,
                    ConfigDef.ValidString.in(STOP, SKIP),
                    Importance.MEDIUM,
                    "When retention has deleted rollouts that the topology had not read, or samples that the trainer had not: stop ="
                            + " the role ends and names them; skip = it logs them and continues with what is left.");

    /** The settings under which topics have so many partitions. */
    public static Map<String, String> ofPartitions(int partitions, int taskPartitions) {
        return Map.of(PARTITIONS, Integer.toString(partitions), TASK_PARTITIONS, Integer.toString(taskPartitions));
    }

    public TopicSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
    }

    public String prefix() {
        return getString(PREFIX);
    }

    public int partitions() {
        return getInt(PARTITIONS);
    }

    public int taskPartitions() {
        return getInt(TASK_PARTITIONS);
    }

    public short replicationFactor() {
        return getShort(REPLICATION_FACTOR);
    }

    public long retentionMs() {
        return getLong(RETENTION_MS);
    }

    /** Whether a reader continues after records that retention deleted before they were read. */
    public boolean skipsLostRecords() {
        return getString(ON_LOST_RECORDS).equals(SKIP);
    }

    /** Deliveries of a task after which nobody gets it again. */
    public int taskDeliveries() {
        return getInt(TASK_DELIVERIES);
    }

    public int taskLockMs() {
        return getInt(TASK_LOCK_MS);
    }

    private static void checkPrefix(String name, Object value) {
        if (!String.valueOf(value).matches("[A-Za-z0-9._-]{1,100}")) {
            throw new ConfigException(name, value, "use letters, digits, '.', '_' and '-', at most 100 of them");
        }
    }
}
