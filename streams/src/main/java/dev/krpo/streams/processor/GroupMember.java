package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A waiting member of a group, undecoded: an earlier build may have accepted bytes that this one does not, and a store
 * whose values cannot be read would stop the topology at every start.
 *
 * @param source key, value, timestamp and headers as they came
 * @param partition of the rollouts topic
 * @param offset in the partition
 */
record GroupMember(Record<byte[], byte[]> source, int partition, long offset) {

    /** @throws dev.krpo.schemas.serde.UndecodableRecordException if the value is no rollout */
    SourcedRollout decoded() {
        return new SourcedRollout(EncodedRollout.read(source.value()), source, partition, offset);
    }
}
