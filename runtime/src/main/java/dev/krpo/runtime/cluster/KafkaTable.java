package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.serde.RecordKey;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The newest value of every key of a topic, in memory, in the order in which keys were first seen. Not thread-safe;
 * {@link #catchUp} reads committed records up to the topic's end at the time of the call.
 */
public final class KafkaTable<V extends SpecificRecordBase> implements AutoCloseable {

    private final Duration patience;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final RecordSerde<V> serde;
    private final Unreadable unreadable;
    private final Map<String, V> entries = new LinkedHashMap<>();

    /** Called for a record whose key or value cannot be decoded; the table ignores the record. */
    public interface Unreadable {
        void found(ConsumerRecord<byte[], byte[]> record, UndecodableRecordException reason);
    }

    /** A table that logs records that cannot be decoded. */
    public KafkaTable(KafkaSettings kafka, String topic, RecordSerde<V> serde) {
        this(kafka, topic, serde, (record, e) -> ReadableRecords.skip(record, e.reason(), e.getMessage()));
    }

    public KafkaTable(KafkaSettings kafka, String topic, RecordSerde<V> serde, Unreadable unreadable) {
        this.serde = serde;
        this.patience = kafka.clientTimeout();
        this.unreadable = unreadable;
        this.consumer = CommittedRecords.consumer(kafka, Map.of());
        this.partitions = CommittedRecords.partitions(consumer, topic);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Reads to the current end of the topic, waiting for an unavailable broker as long as a role does.
     *
     * @throws TimeoutException if that takes longer than the clients' calls may take
     */
    public void catchUp() {
        catchUp(patience);
    }

    /**
     * Reads to the current end of the topic.
     *
     * @throws TimeoutException if that takes longer than {@code limit}
     */
    public void catchUp(Duration limit) {
        CommittedRecords.readTo(consumer, consumer.endOffsets(partitions, limit), limit, this::apply);
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        try {
            String key = RecordKey.decode(record.key());
            if (record.value() == null) {
                entries.remove(key);
            } else {
                entries.put(key, serde.decode(record.value()));
            }
        } catch (UndecodableRecordException e) {
            unreadable.found(record, e);
        }
    }

    public Optional<V> get(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    /** A live, read-only view. */
    public Map<String, V> entries() {
        return Collections.unmodifiableMap(entries);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
