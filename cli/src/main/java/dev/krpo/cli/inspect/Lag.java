package dev.krpo.cli.inspect;

import dev.krpo.schemas.kafka.TopicOffsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** How many records of a topic a group has still before it; empty while the group has committed nothing. */
final class Lag {

    private final Admin admin;

    Lag(Admin admin) {
        this.admin = admin;
    }

    /** Of a consumer group that reads committed records. */
    OptionalLong ofConsumerGroup(String group, String topic) throws InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        try {
            get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                    .forEach((partition, offset) -> {
                        if (partition.topic().equals(topic) && offset != null) {
                            committed.put(partition, offset);
                        }
                    });
        } catch (GroupIdNotFoundException e) {
            return OptionalLong.empty();
        }
        if (committed.isEmpty()) {
            return OptionalLong.empty();
        }
        long lag = 0;
        Map<TopicPartition, Long> starts = TopicOffsets.of(admin, topic, OffsetSpec.earliest());
        Map<TopicPartition, Long> ends = TopicOffsets.of(admin, topic, OffsetSpec.latest());
        for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
            OffsetAndMetadata offset = committed.get(end.getKey());
            lag += Math.max(0, end.getValue() - (offset == null ? starts.get(end.getKey()) : offset.offset()));
        }
        return OptionalLong.of(lag);
    }

    /** Of the share group of the workers, tasks that a worker holds included. */
    OptionalLong ofShareGroup(String group, String topic) throws InterruptedException {
        Map<TopicPartition, SharePartitionOffsetInfo> partitions;
        try {
            partitions = get(admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
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

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new KafkaException(e.getCause());
        }
    }
}
