package dev.krpo.cli.inspect;

import dev.krpo.schemas.kafka.CommittedRecords;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.settings.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The newest committed records of a topic. */
final class TopicTail {

    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int FARTHEST = 100_000;

    private TopicTail() {}

    /**
     * The last of the wanted records by timestamp, oldest first; fewer if the last 100,000 records of each partition hold fewer.
     * Undecodable ones are logged and skipped.
     *
     * @throws TimeoutException if reading them takes longer than 30 s
     */
    static <V extends SpecificRecordBase> List<V> read(
            KafkaSettings kafka, String topic, RecordSerde<V> serde, int count, Predicate<V> wanted) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                kafka.client(Map.of("isolation.level", "read_committed", "enable.auto.commit", "false")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, LIMIT);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, LIMIT);
            // Transaction markers take offsets too, so the last n offsets may hold fewer than n records: look further
            // back.
            for (long back = 2L * count; ; back *= 4) {
                boolean whole = true;
                for (TopicPartition partition : partitions) {
                    long from = Math.max(starts.get(partition), ends.get(partition) - back);
                    whole &= from == starts.get(partition);
                    consumer.seek(partition, from);
                }
                List<ConsumerRecord<byte[], byte[]>> records = readTo(consumer, ends);
                records.sort(Comparator.comparingLong(ConsumerRecord::timestamp));
                List<V> values = decode(records, serde, wanted);
                if (whole || back >= FARTHEST || values.size() >= count) {
                    return values.subList(Math.max(0, values.size() - count), values.size());
                }
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> readTo(
            KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        CommittedRecords.readTo(consumer, ends, LIMIT, record -> {
            if (record.value() != null) {
                records.add(record);
            }
        });
        return records;
    }

    private static <V extends SpecificRecordBase> List<V> decode(
            List<ConsumerRecord<byte[], byte[]>> records, RecordSerde<V> serde, Predicate<V> wanted) {
        List<V> values = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                V value = serde.decode(record.value());
                if (wanted.test(value)) {
                    values.add(value);
                }
            } catch (UndecodableRecordException e) {
                LOG.warn("skipped {}-{}@{}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
            }
        }
        return values;
    }
}
