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
 * What stands near the end of a topic. However long the log is, a bounded part of it is read: a window at the end of
 * each partition, and larger ones before it until what is looked for was there.
 */
public final class NewestRecords {

    private static final int GROWTH = 4;
    private static final int WINDOWS = 5;

    private NewestRecords() {}

    /**
     * Reads each partition on its own, window by window from its end, each window from front to back.
     *
     * @param window offsets that are read of each partition in any case; a transaction takes one for its marker
     * @param found hears of each committed record, and says whether it is what is looked for; no earlier window is read
     *     then
     * @return the number of records read; at most 341 windows of each partition
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
                // A fetch may bring more than was asked for.
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
