package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A waiting member of a group, undecoded: an earlier build may have accepted bytes that this one rejects, and a store
 * with unreadable values would stop the topology at every start.
 *
 * @param source the original key, value, timestamp and headers
 * @param partition of the rollouts topic
 * @param offset in the partition
 */
record GroupMember(Record<byte[], byte[]> source, int partition, long offset) {

    /** @throws dev.krpo.schemas.serde.UndecodableRecordException if the value is not a rollout */
    SourcedRollout decoded() {
        return new SourcedRollout(EncodedRollout.read(source.value()), source, partition, offset);
    }
}
