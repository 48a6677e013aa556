package dev.krpo.runtime.topic;

import dev.krpo.schemas.serde.RecordLimits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;

/**
 * The differences between existing topics and the settings that {@code krpo topics create} gives to new ones: topics of
 * earlier builds may lose records that must be kept, or reject the largest record.
 */
public final class TopicRepair {

    static final String RETENTION_MS = "retention.ms";
    static final String RETENTION_BYTES = "retention.bytes";
    static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
    static final String TIMESTAMP_TYPE = "message.timestamp.type";
    static final String BROKERS_TIME = "LogAppendTime";
    static final String FOREVER = "-1";

    private final Admin admin;
    private final Map<ConfigResource, Collection<AlterConfigOp>> operations = new LinkedHashMap<>();
    private final List<Change> changes = new ArrayList<>();

    private TopicRepair(Admin admin) {
        this.admin = admin;
    }

    /**
     * Compares topics with the requirements of a run.
     *
     * @param names existing topics
     * @param keptForever those that must not lose records by age or size
     */
    public static TopicRepair plan(Admin admin, Collection<String> names, Set<String> keptForever) {
        TopicRepair repair = new TopicRepair(admin);
        Map<String, TopicDescription> topics =
                AdminAnswer.await(admin.describeTopics(names).allTopicNames());
        List<ConfigResource> resources = new TreeSet<>(names)
                .stream()
                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                        .toList();
        Map<ConfigResource, Config> configs =
                AdminAnswer.await(admin.describeConfigs(resources).all());
        for (ConfigResource resource : resources) {
            Config config = configs.get(resource);
            int replicas = topics.get(resource.name()).partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(1);
            if (keptForever.contains(resource.name())) {
                repair.set(resource, config, RETENTION_MS, FOREVER);
                repair.set(resource, config, RETENTION_BYTES, FOREVER);
            }
            repair.raise(resource, config, MAX_MESSAGE_BYTES, RecordLimits.MAX_BYTES);
            repair.raise(resource, config, MIN_INSYNC_REPLICAS, minInsyncReplicas(replicas));
            repair.set(resource, config, TIMESTAMP_TYPE, BROKERS_TIME);
        }
        return repair;
    }

    /**
     * With this many acknowledging replicas, a record survives the loss of one replica, and one may be unavailable
     * during the write.
     */
    public static int minInsyncReplicas(int replicationFactor) {
        return Math.max(1, replicationFactor - 1);
    }

    /** A change of one setting of one topic. */
    public record Change(String topic, String setting, String before, String after) {

        @Override
        public String toString() {
            return topic + ": " + setting + " from " + before + " to " + after;
        }
    }

    /** The changes that {@link #apply} makes. */
    public List<Change> changes() {
        return List.copyOf(changes);
    }

    /** Applies the changes. */
    public void apply() {
        if (!operations.isEmpty()) {
            AdminAnswer.await(admin.incrementalAlterConfigs(operations).all());
        }
    }

    private void raise(ConfigResource topic, Config config, String name, int minimum) {
        if (Long.parseLong(config.get(name).value()) < minimum) {
            set(topic, config, name, Integer.toString(minimum));
        }
    }

    private void set(ConfigResource topic, Config config, String name, String value) {
        String before = config.get(name).value();
        if (!before.equals(value)) {
            operations
                    .computeIfAbsent(topic, unused -> new ArrayList<>())
                    .add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
            changes.add(new Change(topic.name(), name, before, value));
        }
    }
}
