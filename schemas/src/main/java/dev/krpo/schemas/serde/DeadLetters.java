package dev.krpo.schemas.serde;

import dev.krpo.schemas.DeadLetter;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Makes the dead letter of a record: the bytes as they came, and why they were refused. */
public final class DeadLetters {

    private DeadLetters() {}

    /** Of a record that no task waits for. */
    public static DeadLetter letter(
            ConsumerRecord<byte[], byte[]> source, String reason, String detail, String component) {
        return letter(source, reason, detail, component, "", 0);
    }

    /**
     * Of a record without which samples of a task will never come.
     *
     * @param samples how many, >= 0
     */
    public static DeadLetter letter(
            ConsumerRecord<byte[], byte[]> source,
            String reason,
            String detail,
            String component,
            String taskId,
            int samples) {
        return letter(
                source.topic(),
                source.partition(),
                source.offset(),
                source.key(),
                source.value(),
                reason,
                detail,
                component,
                System.currentTimeMillis(),
                taskId,
                samples);
    }

    /** Of a record that is known by its parts; parameters as in {@link DeadLetter}. */
    public static DeadLetter letter(
            String topic,
            int partition,
            long offset,
            byte[] key,
            byte[] value,
            String reason,
            String detail,
            String component,
            long refusedAtMs,
            String taskId,
            int samples) {
        return new DeadLetter(
                topic,
                partition,
                offset,
                key == null ? null : ByteBuffer.wrap(key),
                value == null ? null : ByteBuffer.wrap(value),
                reason,
                detail,
                component,
                refusedAtMs,
                taskId,
                samples);
    }
}
