package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Searches backwards from the end of a topic. It reads only a bounded part of the log: a window at the end of each
 * partition, and larger ones before it until a match is found.
 */
public final class NewestRecords {

    private static final int GROWTH = 4;
    private static final int WINDOWS = 5;

    private NewestRecords() {}

    /**
     * Reads each partition separately, window by window from its end, each window from front to back.
     *
     * @param window minimum number of offsets to read per partition; each transaction's marker takes one
     * @param found called with each committed record; returns true for a match, after which no earlier window is read
     * @return the number of records read; at most 341 windows per partition
     * @throws TimeoutException if that takes longer than {@code limit} for one window
     */
    public static long read(
            KafkaSettings kafka,
            String topic,
            long window,
            Duration limit,
            Predicate<ConsumerRecord<byte[], byte[]>> found) {
        long read = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = CommittedRecords.consumer(kafka)) {
            List<TopicPartition> partitions = CommittedRecords.partitions(consumer, topic);
            Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions, limit);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, limit);
            for (TopicPartition partition : partitions) {
                read += read(consumer, partition, starts.get(partition), ends.get(partition), window, limit, found);
            }
        }
        return read;
    }

    private static long read(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long start,
            long end,
            long window,
            Duration limit,
            Predicate<ConsumerRecord<byte[], byte[]>> found) {
        Window state = new Window(found);
        consumer.assign(List.of(partition));
        long size = window;
        long to = end;
        for (int windows = 0; windows < WINDOWS && to > start && !state.found; windows++) {
            long from = Math.max(start, to - size);
            consumer.seek(partition, from);
            long until = to;
            CommittedRecords.readTo(consumer, Map.of(partition, to), limit, record -> {
                // A fetch may return more than was requested.
                if (record.offset() < until) {
                    state.accept(record);
                }
            });
            to = from;
            size *= GROWTH;
        }
        return state.read;
    }

    private static final class Window {

        private final Predicate<ConsumerRecord<byte[], byte[]>> wanted;
        private long read;
        private boolean found;

        Window(Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
            this.wanted = wanted;
        }

        void accept(ConsumerRecord<byte[], byte[]> record) {
            read++;
            found |= wanted.test(record);
        }
    }
}
