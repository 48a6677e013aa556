package dev.krpo.runtime.cluster;

import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** For readers that do not own a topic: undecodable records are logged with their position and skipped. */
public final class ReadableRecords {

    private static final Logger LOG = LoggerFactory.getLogger(ReadableRecords.class);

    private ReadableRecords() {}

    /** The record's value; empty if it cannot be decoded. */
    public static <V extends SpecificRecordBase> Optional<V> decode(
            RecordSerde<V> serde, ConsumerRecord<?, byte[]> record) {
        try {
            return Optional.of(serde.decode(record.value()));
        } catch (UndecodableRecordException e) {
            skip(record, e.reason(), e.getMessage());
            return Optional.empty();
        }
    }

    static void skip(ConsumerRecord<?, ?> record, String reason, String detail) {
        LOG.warn("skipped {}-{}@{}: {}: {}", record.topic(), record.partition(), record.offset(), reason, detail);
    }
}
