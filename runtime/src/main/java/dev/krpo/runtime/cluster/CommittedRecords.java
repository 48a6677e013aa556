package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads all committed records of a topic once, partition by partition in order. */
public final class CommittedRecords {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int FETCH_WAIT_MS = 20;
    private static final Map<String, ?> COMMITTED =
            Map.of("isolation.level", "read_committed", "enable.auto.commit", "false");

    private CommittedRecords() {}

    /**
     * A consumer for records up to a known end. It does not wait for newer ones, since closing a consumer waits for its
     * last fetch.
     *
     * @return a consumer that never commits; the caller closes it
     */
    public static KafkaConsumer<byte[], byte[]> consumer(KafkaSettings kafka) {
        return consumer(kafka, Map.of("fetch.max.wait.ms", FETCH_WAIT_MS));
    }

    static KafkaConsumer<byte[], byte[]> consumer(KafkaSettings kafka, Map<String, ?> overrides) {
        Map<String, Object> properties = kafka.client(COMMITTED);
        properties.putAll(overrides);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Those that the topic has, whatever the settings say. */
    public static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /**
     * Reads from the beginning to the topic's end at the time of the call.
     *
     * @throws TimeoutException if that takes longer than {@code limit}
     */
    public static void read(
            KafkaSettings kafka, String topic, Duration limit, Consumer<ConsumerRecord<byte[], byte[]>> each) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(kafka)) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            readTo(consumer, consumer.endOffsets(partitions, limit), limit, each);
        }
    }

    /**
     * Continues reading from an assigned consumer's position.
     *
     * @param ends end offsets by partition of one topic
     * @throws TimeoutException if that takes longer than {@code limit}
     */
    public static <K> void readTo(
            KafkaConsumer<K, byte[]> consumer,
            Map<TopicPartition, Long> ends,
            Duration limit,
            Consumer<ConsumerRecord<K, byte[]>> each) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(
                        "reading " + ends.keySet().iterator().next().topic() + " to its end took longer than " + limit);
            }
            consumer.poll(POLL).forEach(each);
        }
    }
}
