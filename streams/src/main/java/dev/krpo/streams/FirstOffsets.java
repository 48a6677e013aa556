package dev.krpo.streams;

import dev.krpo.schemas.kafka.TopicOffsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits where a new topology begins to read. With a position in every partition the consumer needs no reset policy, which would
 * also jump silently over rollouts that retention has deleted.
 */
final class FirstOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(FirstOffsets.class);

    private FirstOffsets() {}

    /** Leaves partitions that have a position as they are. */
    static void commit(Admin admin, String group, String topic) {
        try {
            Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, group);
            Map<TopicPartition, OffsetAndMetadata> missing = new HashMap<>();
            TopicOffsets.of(admin, topic, OffsetSpec.earliest()).forEach((partition, offset) -> {
                if (committed.get(partition) == null) {
                    missing.put(partition, new OffsetAndMetadata(offset));
                }
            });
            if (!missing.isEmpty()) {
                admin.alterConsumerGroupOffsets(group, missing).all().get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownMemberIdException) {
                LOG.info("group {} has members; the first of them committed where to begin", group);
            } else {
                throw new KafkaException("where group " + group + " begins cannot be committed", e.getCause());
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group)
            throws ExecutionException, InterruptedException {
        try {
            return admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Map.of();
            }
            throw e;
        }
    }
}
