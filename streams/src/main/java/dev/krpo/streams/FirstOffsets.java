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
 * Commits where a new topology begins to read. With a position in every partition the consumer needs no reset policy,
 * which would also jump silently over rollouts that retention has deleted.
 */
final class FirstOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(FirstOffsets.class);

    private FirstOffsets() {}

    /**
     * Leaves partitions that have a position as they are.
     *
     * @throws KafkaException if the group has read a partition whose position the brokers no longer know, or members of
     *     an earlier build
     */
    static void commit(Admin admin, String group, String topic) {
        try {
            Map<TopicPartition, OffsetAndMetadata> missing = missing(admin, group, topic);
            if (!missing.isEmpty()) {
                requireUnread(admin, group, missing.keySet());
                commit(admin, group, topic, missing);
            }
        } catch (ApiException e) {
            throw new KafkaException("where group " + group + " begins cannot be committed", e);
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

    /** Offsets and changelogs are committed together, so a changelog with records shows that there was an offset. */
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
            throw new KafkaException("the brokers no longer know up to where group " + group + " has read " + read
                    + ", though its stores have rollouts from there: they delete the offsets of a group"
                    + " that is away for longer"
                    + " than offsets.retention.minutes (7 days unless set). Raise that setting of the"
                    + " brokers; to continue from"
                    + " the first rollouts that are left, of which some may count twice, set"
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
                        "group " + group + " has members that did not commit where to begin in " + missing.keySet()
                                + ", such as processes of an earlier build; stop them once, then start this one",
                        e);
            }
            LOG.info("another process of group {} has committed where to begin", group);
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
