package dev.krpo.cli.inspect;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The newest committed records of a topic. */
final class TopicTail {

    private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int FARTHEST = 100_000;

    private TopicTail() {}

    /**
     * The newest matching records by timestamp, oldest first; fewer if the last 100,000 records of each partition
     * contain fewer. Undecodable ones are logged and skipped.
     *
     * @throws TimeoutException if reading them takes longer than 30 s
     */
    static <V extends SpecificRecordBase> List<V> read(
            KafkaSettings kafka, String topic, RecordSerde<V> serde, int count, Predicate<V> wanted) {
        try (KafkaConsumer<byte[], byte[]> consumer = CommittedRecords.consumer(kafka)) {
            List<TopicPartition> partitions = CommittedRecords.partitions(consumer, topic);
            consumer.assign(partitions);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, LIMIT);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, LIMIT);
            // Transaction markers occupy offsets too, so the last n offsets may hold fewer than n records: look
            // further back.
            for (long back = 2L * count; ; back *= 4) {
                boolean whole = true;
                for (TopicPartition partition : partitions) {
                    long from = Math.max(starts.get(partition), ends.get(partition) - back);
                    whole &= from == starts.get(partition);
                    consumer.seek(partition, from);
                }
                Newest<V> newest = new Newest<>(serde, count, wanted);
                CommittedRecords.readTo(consumer, ends, LIMIT, newest::offer);
                if (whole || back >= FARTHEST || newest.records.size() >= count) {
                    return newest.oldestFirst();
                }
            }
        }
    }

    private record Timed<V>(long timestamp, long position, V value) {}

    /** Keeps only the newest matching records in memory: thousands of large ones may have to be skipped. */
    private static final class Newest<V extends SpecificRecordBase> {

        private final RecordSerde<V> serde;
        private final int count;
        private final Predicate<V> wanted;
        private final PriorityQueue<Timed<V>> records = new PriorityQueue<>(
                Comparator.<Timed<V>>comparingLong(Timed::timestamp).thenComparingLong(Timed::position));
        private long position;

        Newest(RecordSerde<V> serde, int count, Predicate<V> wanted) {
            this.serde = serde;
            this.count = count;
            this.wanted = wanted;
        }

        void offer(ConsumerRecord<byte[], byte[]> record) {
            if (record.value() == null) {
                return;
            }
            try {
                V value = serde.decode(record.value());
                if (wanted.test(value)) {
                    records.add(new Timed<>(record.timestamp(), position++, value));
                }
            } catch (UndecodableRecordException e) {
                LOG.warn("skipped {}-{}@{}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
            }
            if (records.size() > count) {
                records.remove();
            }
        }

        List<V> oldestFirst() {
            List<V> values = new ArrayList<>();
            while (!records.isEmpty()) {
                values.add(records.remove().value());
            }
            return values;
        }
    }
}
