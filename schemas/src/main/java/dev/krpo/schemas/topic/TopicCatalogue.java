package dev.krpo.schemas.topic;

import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.settings.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of one run: their names, how they are created, and whether they are as they must be. */
public final class TopicCatalogue {

    private static final Duration VISIBLE_LIMIT = Duration.ofSeconds(30);

    private final TopicSettings settings;

    public TopicCatalogue(TopicSettings settings) {
        this.settings = settings;
    }

    public String prefix() {
        return settings.prefix();
    }

    public String name(Topic topic) {
        return settings.prefix() + "." + topic.suffix();
    }

    public int partitions(Topic topic) {
        return switch (topic.spread()) {
            case BY_KEY -> settings.partitions();
            case ONE_SEQUENCE -> 1;
            case SHARED -> settings.taskPartitions();
        };
    }

    /** The share group in which rollout workers take tasks. */
    public String shareGroup() {
        return settings.prefix() + ".rollout-workers";
    }

    /** How long the topics that are not compacted keep records; negative for ever. */
    public Duration retention() {
        return Duration.ofMillis(settings.retentionMs());
    }

    /** Deliveries of a task after which the broker gives it up. */
    public int taskDeliveries() {
        return settings.taskDeliveries();
    }

    /** The transactional id and the consumer group of the trainer of one policy. */
    public String trainerId(String policyName) {
        return settings.prefix() + "-trainer-" + policyName;
    }

    /** The consumer group whose only member may train the policy. */
    public String trainerLease(String policyName) {
        return trainerId(policyName) + "-lease";
    }

    /**
     * Creates the topics that are missing and sets up the share group; topics that exist are left as they are.
     *
     * @return the names of the topics created
     */
    public List<String> create(Admin admin) {
        List<NewTopic> wanted = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            wanted.add(
                    new NewTopic(name(topic), partitions(topic), settings.replicationFactor()).configs(config(topic)));
        }
        List<String> created = new ArrayList<>();
        admin.createTopics(wanted).values().forEach((name, future) -> {
            try {
                await(future);
                created.add(name);
            } catch (TopicExistsException e) {
                // Creating is idempotent: check() says whether the existing topic fits.
            }
        });
        // The default, latest, would lose every task issued before the first worker arrives.
        Collection<AlterConfigOp> group = List.of(
                set("share.auto.offset.reset", "earliest"),
                set("share.record.lock.duration.ms", Integer.toString(settings.taskLockMs())),
                set("share.delivery.count.limit", Integer.toString(settings.taskDeliveries())));
        await(admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, shareGroup()), group))
                .all());
        awaitVisible(admin);
        created.sort(null);
        return created;
    }

    /** The controller has a new topic a moment before the brokers know it. */
    private void awaitVisible(Admin admin) {
        long deadline = System.nanoTime() + VISIBLE_LIMIT.toNanos();
        while (true) {
            try {
                await(admin.describeTopics(names()).allTopicNames());
                return;
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
     * @throws TopicsNotReadyException naming every topic that is missing or has another partition count, and the remedy
     */
    public void check(Admin admin) {
        check(admin, true);
    }

    /**
     * As {@link #check}, for those who only read: they take the partitions that are there.
     *
     * @throws TopicsNotReadyException naming every topic that is missing, and the remedy
     */
    public void checkExistence(Admin admin) {
        check(admin, false);
    }

    private void check(Admin admin, boolean partitionsToo) {
        List<String> problems = new ArrayList<>();
        Map<String, KafkaFuture<TopicDescription>> descriptions =
                admin.describeTopics(names()).topicNameValues();
        for (Topic topic : Topic.values()) {
            try {
                int actual = await(descriptions.get(name(topic))).partitions().size();
                if (partitionsToo && actual != partitions(topic)) {
                    problems.add(name(topic) + " has " + actual + " partitions, expected " + partitions(topic)
                            + setting(topic));
                }
            } catch (UnknownTopicOrPartitionException e) {
                problems.add(name(topic) + " is missing");
            } catch (TopicAuthorizationException e) {
                problems.add(name(topic) + " may not be seen by this user (`krpo acls` prints what each role needs)");
            }
        }
        if (!problems.isEmpty()) {
            throw new TopicsNotReadyException("topics are not ready: " + String.join("; ", problems)
                    + ". Missing ones are made by `krpo topics create`; where a partition count differs, change the setting"
                    + " to what exists or use another topics.prefix");
        }
    }

    private static String setting(Topic topic) {
        return switch (topic.spread()) {
            case BY_KEY -> " (topics.partitions)";
            case ONE_SEQUENCE -> "";
            case SHARED -> " (topics.taskPartitions)";
        };
    }

    private Set<String> names() {
        Set<String> names = new java.util.LinkedHashSet<>();
        for (Topic topic : Topic.values()) {
            names.add(name(topic));
        }
        return names;
    }

    private Map<String, String> config(Topic topic) {
        Map<String, String> config = new HashMap<>();
        config.put("max.message.bytes", Integer.toString(RecordLimits.MAX_BYTES));
        // By the clocks of the producers, a wrong one would have its records refused, or deleted before their time.
        config.put("message.timestamp.type", "LogAppendTime");
        if (topic.compacted()) {
            config.put("cleanup.policy", "compact");
        } else {
            config.put("cleanup.policy", "delete");
            config.put("retention.ms", Long.toString(settings.retentionMs()));
        }
        return config;
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static <T> T await(KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }
}
