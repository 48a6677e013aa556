package dev.krpo.schemas.kafka;

import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.settings.KafkaSettings;
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
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest value of every key of a topic, in memory, in the order in which keys were first seen. One thread uses it;
 * {@link #catchUp} reads committed records up to the end that the topic has at the call.
 */
public final class KafkaTable<V extends SpecificRecordBase> implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaTable.class);

    private final Duration patience;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<TopicPartition> partitions;
    private final RecordSerde<V> serde;
    private final Map<String, V> entries = new LinkedHashMap<>();

    public KafkaTable(KafkaSettings kafka, String topic, RecordSerde<V> serde) {
        this.serde = serde;
        this.patience = kafka.clientTimeout();
        this.consumer = new KafkaConsumer<>(
                kafka.client(Map.of("isolation.level", "read_committed", "enable.auto.commit", "false")),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        this.partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Reads to the present end of the topic, waiting for a broker that is away as long as a role does.
     *
     * @throws TimeoutException if that takes longer than the clients' calls may take
     */
    public void catchUp() {
        catchUp(patience);
    }

    /**
     * Reads to the present end of the topic.
     *
     * @throws TimeoutException if that takes longer than {@code limit}
     */
    public void catchUp(Duration limit) {
        CommittedRecords.readTo(consumer, consumer.endOffsets(partitions, limit), limit, this::apply);
    }

    private void apply(ConsumerRecord<String, byte[]> record) {
        if (record.value() == null) {
            entries.remove(record.key());
            return;
        }
        try {
            entries.put(record.key(), serde.decode(record.value()));
        } catch (UndecodableRecordException e) {
            LOG.warn(
                    "skipped {}-{}@{}: {}: {}",
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    e.reason(),
                    e.getMessage());
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
