package dev.krpo.runtime.settings;

import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/** Naming and creation of the topics. */
public final class TopicSettings {

    public static final Section SECTION = Section.of("topics", "Topics", "every role");

    public static final Setting<String> PREFIX = SECTION.text(
                    "prefix", "krpo", "[A-Za-z0-9._-]{1,100}", "letters, digits, '.', '_' and '-', at most 100 of them")
            .doc("Topics are named <prefix>.<name>; consumer groups and transactional ids start with it too. One prefix"
                    + " is one run.");
    public static final Setting<Integer> PARTITIONS = SECTION.integer("partitions", 4)
            .between(1, 10_000)
            .unit("partitions")
            .doc("Partitions of the topics that are keyed by prompt; policy-versions and training-steps have one."
                    + " Cannot be changed once a run has data.");
    public static final Setting<Integer> TASK_PARTITIONS = SECTION.integer("taskPartitions", 1)
            .between(1, 10_000)
            .unit("partitions")
            .doc("Partitions of rollout-tasks. One serves all workers; use more only if their tasks in flight"
                    + " exceed the broker's group.share.partition.max.record.locks, and always fewer than there"
                    + " are workers: a partition with a single worker waits for that worker, even if it"
                    + " hangs.");
    public static final Setting<Integer> REPLICATION_FACTOR = SECTION.integer("replicationFactor", 1)
            .between(1, 100)
            .unit("replicas")
            .doc("Replicas of each partition.");
    public static final Setting<Long> RETENTION_MS = SECTION.integer("retentionMs", 604_800_000L)
            .atLeast(-1L)
            .unit("ms")
            .doc("How long rollout-tasks, rollouts, advantages and dead-letters keep records; -1 is forever."
                    + " Replay needs the records of the replayed steps. The other topics keep everything that a"
                    + " restart needs, regardless of this"
                    + " says.");
    public static final Setting<Integer> TASK_LOCK_MS = SECTION.integer("taskLockMs", 30_000)
            .between(1_000, 3_600_000)
            .unit("ms")
            .doc("How long a task stays locked by a worker that has died. A live worker renews its locks,"
                    + " however long generation takes. Brokers allow 15000 to 60000 unless their"
                    + " group.share.min.record.lock.duration.ms and group.share.max.record.lock.duration.ms say"
                    + " otherwise.");
    public static final Setting<Integer> TASK_DELIVERIES = SECTION.integer("taskDeliveries", 5)
            .between(3, 10)
            .unit("deliveries")
            .doc("Maximum deliveries of a task, including releases by stopping workers; after that it becomes a"
                    + " dead letter. Must be the same for topics create and for all workers.");
    public static final Setting<LostRecords> ON_LOST_RECORDS = SECTION.choice("onLostRecords", LostRecords.STOP)
            .doc("Reaction to retention having deleted rollouts before the topology, or samples before the"
                    + " trainer, has read them: stop = the role stops and names them; skip = it logs them and"
                    + " continues with what is"
                    + " left.");

    /** Reaction of a reader to records deleted before it read them. */
    public enum LostRecords {
        STOP,
        SKIP
    }

    private TopicSettings() {}
}
