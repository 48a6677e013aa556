package dev.krpo.runtime.topic;

import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.settings.TopicSettings.LostRecords;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics of one run: their names, how they are created, and whether they match the configuration. */
public final class TopicCatalogue {

    private static final Logger LOG = LoggerFactory.getLogger(TopicCatalogue.class);
    private static final Duration VISIBLE_LIMIT = Duration.ofSeconds(30);

    private final Config config;
    private final String prefix;

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public TopicCatalogue(Config config) {
        this.config = config;
        this.prefix = config.get(TopicSettings.PREFIX);
        TopicSettings.SECTION.settings().forEach(config::get);
    }

    public String prefix() {
        return prefix;
    }

    public String name(Topic topic) {
        return prefix + "." + topic.suffix();
    }

    public int partitions(Topic topic) {
        return switch (topic.spread()) {
            case BY_KEY -> config.get(TopicSettings.PARTITIONS);
            case ONE_SEQUENCE -> 1;
            case SHARED -> config.get(TopicSettings.TASK_PARTITIONS);
        };
    }

    public List<TopicPartition> topicPartitions(Topic topic) {
        return IntStream.range(0, partitions(topic))
                .mapToObj(partition -> new TopicPartition(name(topic), partition))
                .toList();
    }

    /** The share group of the rollout workers. */
    public String shareGroup() {
        return prefix + ".rollout-workers";
    }

    /** Retention of topics that are neither compacted nor kept forever; negative means forever. */
    public Duration retention() {
        return Duration.ofMillis(config.get(TopicSettings.RETENTION_MS));
    }

    /** True if a reader skips records that retention deleted before they were read. */
    public boolean skipsLostRecords() {
        return config.get(TopicSettings.ON_LOST_RECORDS) == LostRecords.SKIP;
    }

    /** Maximum deliveries of a task. */
    public int taskDeliveries() {
        return config.get(TopicSettings.TASK_DELIVERIES);
    }

    /** The transactional id and the consumer group of a policy's trainer. */
    public String trainerId(String policyName) {
        return prefix + "-trainer-" + policyName;
    }

    /** The consumer group of a policy's trainer lease: only its one active member may train. */
    public String trainerLease(String policyName) {
        return trainerId(policyName) + "-lease";
    }

    /**
     * Creates missing topics and sets up the share group; existing topics are left unchanged, see {@link #repair}.
     *
     * @return the names of the created topics
     * @throws dev.krpo.settings.InvalidSettingException if the brokers do not allow the settings; nothing is created
     */
    public List<String> create(Admin admin) {
        ShareGroupLimits.of(admin).check(config);
        List<NewTopic> wanted = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            wanted.add(new NewTopic(name(topic), partitions(topic), (short) replicationFactor())
                    .configs(properties(topic)));
        }
        List<String> created = new ArrayList<>();
        admin.createTopics(wanted).values().forEach((name, future) -> {
            try {
                AdminAnswer.await(future);
                created.add(name);
            } catch (TopicExistsException e) {
                // Creation is idempotent: check() verifies that the existing topic fits.
            }
        });
        // The default, latest, would lose every task issued before the first worker joins.
        Collection<AlterConfigOp> group = List.of(
                set("share.auto.offset.reset", "earliest"),
                set(
                        "share.record.lock.duration.ms",
                        config.get(TopicSettings.TASK_LOCK_MS).toString()),
                set(
                        "share.delivery.count.limit",
                        config.get(TopicSettings.TASK_DELIVERIES).toString()));
        AdminAnswer.await(admin.incrementalAlterConfigs(
                        Map.of(new ConfigResource(ConfigResource.Type.GROUP, shareGroup()), group))
                .all());
        awaitLeaders(admin);
        created.sort(null);
        return created;
    }

    /**
     * Corrects the settings of existing topics, created by an earlier build or changed since, that would make a run
     * lose records.
     *
     * @return the changes made
     */
    public List<TopicRepair.Change> repair(Admin admin) {
        TopicRepair repair = TopicRepair.plan(admin, names(), keptForever());
        repair.apply();
        return repair.changes();
    }

    private Set<String> keptForever() {
        return Arrays.stream(Topic.values())
                .filter(Topic::keptForever)
                .map(this::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /**
     * Returns once every partition has a leader that serves it; the controller creates a topic slightly earlier.
     *
     * <p>In between, a leader may reject an idempotent producer's first batch and accept its second one. It then
     * rejects the first one as out of order until that expires after {@code delivery.timeout.ms} (KAFKA-15591).
     */
    private void awaitLeaders(Admin admin) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        describe(admin).forEach((name, topic) -> topic.partitions()
                .forEach(info -> ends.put(new TopicPartition(name, info.partition()), OffsetSpec.latest())));
        // Only a leader answers; the admin client retries until it does.
        AdminAnswer.await(admin.listOffsets(ends).all());
    }

    private Map<String, TopicDescription> describe(Admin admin) {
        long deadline = System.nanoTime() + VISIBLE_LIMIT.toNanos();
        while (true) {
            try {
                return AdminAnswer.await(admin.describeTopics(names()).allTopicNames());
            } catch (UnknownTopicOrPartitionException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    /**
     * Compares the cluster with the catalogue.
     *
     * @throws TopicsNotReadyException naming every topic that is missing or has the wrong partition count, and the
     *     remedy
     */
    public void check(Admin admin) {
        check(admin, true);
    }

    /**
     * Like {@link #check}, for read-only use with whatever partition counts exist.
     *
     * @throws TopicsNotReadyException naming every topic that is missing, and the remedy
     */
    public void checkExistence(Admin admin) {
        check(admin, false);
    }

    /**
     * The actual {@code topics.partitions} and {@code topics.taskPartitions} of this run, for commands that read it and
     * write to another prefix.
     *
     * @throws TopicsNotReadyException like {@link #checkExistence}
     */
    public Config partitionsFound(Admin admin) {
        Map<Topic, Integer> found = check(admin, false);
        return Config.defaults()
                .with(TopicSettings.PARTITIONS, found.get(Topic.ROLLOUTS))
                .with(TopicSettings.TASK_PARTITIONS, found.get(Topic.ROLLOUT_TASKS));
    }

    /** Partition count by topic. */
    private Map<Topic, Integer> check(Admin admin, boolean partitionsToo) {
        List<String> problems = new ArrayList<>();
        Map<Topic, Integer> found = new EnumMap<>(Topic.class);
        Map<String, KafkaFuture<TopicDescription>> descriptions =
                admin.describeTopics(names()).topicNameValues();
        for (Topic topic : Topic.values()) {
            try {
                int actual = AdminAnswer.await(descriptions.get(name(topic)))
                        .partitions()
                        .size();
                found.put(topic, actual);
                if (partitionsToo && actual != partitions(topic)) {
                    problems.add(name(topic) + " has " + actual + " partitions, expected " + partitions(topic)
                            + setting(topic));
                }
            } catch (UnknownTopicOrPartitionException e) {
                problems.add(name(topic) + " is missing");
            } catch (TopicAuthorizationException e) {
                problems.add(name(topic) + " is not visible to this user (`krpo acls` prints the ACLs that each"
                        + " role needs)");
            }
        }
        if (!problems.isEmpty()) {
            throw new TopicsNotReadyException("topics are not ready: " + String.join("; ", problems)
                    + ". Create missing topics with `krpo topics create`; if a partition count differs, change"
                    + " the setting to the actual count or use another " + TopicSettings.PREFIX);
        }
        warnOfRetention(admin);
        return found;
    }

    private void warnOfRetention(Admin admin) {
        try {
            TopicRepair.plan(admin, keptForever(), keptForever()).changes().stream()
                    .filter(change -> change.setting().startsWith("retention."))
                    .forEach(change -> LOG.warn(
                            "a run paused for longer than the retention of its topics would restart from the"
                                    + " base model; `krpo topics create` changes {}",
                            change));
        } catch (TopicAuthorizationException e) {
            LOG.debug("this user is not authorized to see the retention of {}", keptForever(), e);
        }
    }

    private static String setting(Topic topic) {
        return switch (topic.spread()) {
            case BY_KEY -> " (" + TopicSettings.PARTITIONS + ")";
            case ONE_SEQUENCE -> "";
            case SHARED -> " (" + TopicSettings.TASK_PARTITIONS + ")";
        };
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (Topic topic : Topic.values()) {
            names.add(name(topic));
        }
        return names;
    }

    private Map<String, String> properties(Topic topic) {
        Map<String, String> properties = new HashMap<>();
        properties.put(TopicRepair.MAX_MESSAGE_BYTES, Integer.toString(RecordLimits.MAX_BYTES));
        properties.put(
                TopicRepair.MIN_INSYNC_REPLICAS, Integer.toString(TopicRepair.minInsyncReplicas(replicationFactor())));
        // With producer timestamps, a wrong clock would get records rejected, or deleted prematurely.
        properties.put(TopicRepair.TIMESTAMP_TYPE, TopicRepair.BROKERS_TIME);
        if (topic.compacted()) {
            properties.put("cleanup.policy", "compact");
        } else {
            properties.put("cleanup.policy", "delete");
            properties.put(
                    TopicRepair.RETENTION_MS,
                    topic.keptForever()
                            ? TopicRepair.FOREVER
                            : config.get(TopicSettings.RETENTION_MS).toString());
            if (topic.keptForever()) {
                properties.put(TopicRepair.RETENTION_BYTES, TopicRepair.FOREVER);
            }
        }
        return properties;
    }

    private int replicationFactor() {
        return config.get(TopicSettings.REPLICATION_FACTOR);
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }
}
