package dev.krpo.cli.inspect;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.AdminAnswer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** The lag of a group on a topic, in records; empty if the group has not committed. */
final class Lag {

    private static final Duration READ_LIMIT = Duration.ofSeconds(30);
    /** Number of offsets per partition that are read to tell records from transaction markers. */
    private static final long WINDOW = 1_000;

    private final Admin admin;
    private final KafkaSettings kafka;

    Lag(Admin admin, KafkaSettings kafka) {
        this.admin = admin;
        this.kafka = kafka;
    }

    /**
     * The lag of a consumer group that reads committed records. Transaction markers, which also occupy offsets, are
     * excluded: exactly within the last 1,000 offsets of a partition, and before those by extrapolating their share.
     */
    OptionalLong ofConsumerGroup(String group, String topic) {
        Map<TopicPartition, Long> committed = committed(group, topic);
        if (committed.isEmpty()) {
            return OptionalLong.empty();
        }
        Map<TopicPartition, Long> starts = TopicOffsets.of(admin, topic, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = TopicOffsets.of(admin, topic, OffsetSpec.latest());
        Map<TopicPartition, Long> next = new HashMap<>();
        starts.forEach(
                (partition, start) -> next.put(partition, Math.max(start, committed.getOrDefault(partition, start))));
        ends.keySet().removeIf(partition -> next.get(partition) >= ends.get(partition));
        return OptionalLong.of(ends.isEmpty() ? 0 : records(next, ends));
    }

    private Map<TopicPartition, Long> committed(String group, String topic) {
        Map<TopicPartition, Long> committed = new HashMap<>();
        try {
            Map<TopicPartition, OffsetAndMetadata> all =
                    AdminAnswer.await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
            all.forEach((partition, offset) -> {
                if (partition.topic().equals(topic) && offset != null) {
                    committed.put(partition, offset.offset());
                }
            });
        } catch (GroupIdNotFoundException e) {
            return Map.of();
        }
        return committed;
    }

    private long records(Map<TopicPartition, Long> next, Map<TopicPartition, Long> ends) {
        Map<TopicPartition, Long> seen = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = CommittedRecords.consumer(kafka)) {
            consumer.assign(ends.keySet());
            ends.forEach((partition, end) -> consumer.seek(partition, Math.max(next.get(partition), end - WINDOW)));
            CommittedRecords.readTo(
                    consumer,
                    ends,
                    READ_LIMIT,
                    record -> seen.merge(new TopicPartition(record.topic(), record.partition()), 1L, Long::sum));
        }
        double records = 0;
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            long offsets = end.getValue() - next.get(end.getKey());
            records += (double) seen.getOrDefault(end.getKey(), 0L) * offsets / Math.min(offsets, WINDOW);
        }
        return Math.round(records);
    }

    /** The lag of the workers' share group, including tasks in progress. */
    OptionalLong ofShareGroup(String group, String topic) {
        Map<TopicPartition, SharePartitionOffsetInfo> partitions;
        try {
            partitions = AdminAnswer.await(admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                    .partitionsToOffsetInfo(group));
        } catch (GroupIdNotFoundException e) {
            return OptionalLong.empty();
        }
        return partitions.entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic) && entry.getValue() != null)
                .flatMap(entry -> entry.getValue().lag().stream())
                .mapToLong(Long::longValue)
                .reduce(Long::sum);
    }
}
