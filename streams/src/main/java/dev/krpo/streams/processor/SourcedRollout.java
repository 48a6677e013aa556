package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A rollout with the record it came in, so that a later rejection can preserve the original bytes.
 *
 * @param rollout the decoded rollout
 * @param source the original key, value, timestamp and headers
 * @param partition of the rollouts topic
 * @param offset in the partition
 */
public record SourcedRollout(EncodedRollout rollout, Record<byte[], byte[]> source, int partition, long offset) {

    GroupMember waiting() {
        return new GroupMember(source, partition, offset);
    }
}
