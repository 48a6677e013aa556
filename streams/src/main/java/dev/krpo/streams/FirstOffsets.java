package dev.krpo.streams;

import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.streams.processor.TopologyNames;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits a new topology's start offsets. With a committed offset in every partition, the consumer needs no reset
 * policy, which would also silently skip rollouts that retention has deleted.
 */
final class FirstOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(FirstOffsets.class);

    private FirstOffsets() {}

    /**
     * Does not change partitions that already have a committed offset.
     *
     * @throws KafkaException if the brokers no longer have the committed offset of a partition that the group has read,
     *     or if the group has members of an earlier build
     */
    static void commit(Admin admin, String group, String topic) {
        try {
            Map<TopicPartition, OffsetAndMetadata> missing = missing(admin, group, topic);
            if (!missing.isEmpty()) {
                requireUnread(admin, group, missing.keySet());
                commit(admin, group, topic, missing);
            }
        } catch (ApiException e) {
            throw new KafkaException("the start offsets of group " + group + " cannot be committed", e);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> missing(Admin admin, String group, String topic) {
        Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, group);
        Map<TopicPartition, OffsetAndMetadata> missing = new HashMap<>();
        TopicOffsets.of(admin, topic, OffsetSpec.earliest()).forEach((partition, offset) -> {
            if (committed.get(partition) == null) {
                missing.put(partition, new OffsetAndMetadata(offset));
            }
        });
        return missing;
    }

    /** Offsets and changelogs are committed together, so a changelog with records proves that there was an offset. */
    private static void requireUnread(Admin admin, String group, Set<TopicPartition> missing) {
        String changelog = group + "-" + TopologyNames.RECENT_IDS + "-changelog";
        if (!AdminAnswer.await(admin.listTopics().names()).contains(changelog)) {
            return;
        }
        Map<TopicPartition, Long> ends = TopicOffsets.of(admin, changelog, OffsetSpec.latest());
        List<TopicPartition> read = missing.stream()
                .filter(partition -> ends.getOrDefault(new TopicPartition(changelog, partition.partition()), 0L) > 0)
                .sorted(Comparator.comparing(TopicPartition::partition))
                .toList();
        if (!read.isEmpty()) {
            throw new KafkaException("the brokers no longer have the committed offsets of group " + group + " in "
                    + read + ", although its stores contain rollouts from there: brokers delete the"
                    + " offsets of a group that is inactive for longer than offsets.retention.minutes"
                    + " (default: 7 days). Raise that broker setting; to continue from the"
                    + " first remaining rollouts, some of which may count twice, set"
                    + " topics.onLostRecords to skip");
        }
    }

    private static void commit(
            Admin admin, String group, String topic, Map<TopicPartition, OffsetAndMetadata> missing) {
        try {
            AdminAnswer.await(admin.alterConsumerGroupOffsets(group, missing).all());
        } catch (UnknownMemberIdException e) {
            if (!missing(admin, group, topic).isEmpty()) {
                throw new KafkaException(
                        "group " + group + " has members that did not commit start offsets in " + missing.keySet()
                                + ", such as processes of an earlier build; stop them" + " all, then start this one",
                        e);
            }
            LOG.info("another process of group {} has committed the start offsets", group);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group) {
        try {
            return AdminAnswer.await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (GroupIdNotFoundException e) {
            return Map.of();
        }
    }
}
