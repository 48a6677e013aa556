package dev.krpo.schemas.serde;

import dev.krpo.schemas.DeadLetter;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Creates the dead letter of a record: the original bytes and the reason for the rejection. A letter always fits into a
 * record: bytes that would make it too large are omitted, and the detail says so.
 */
public final class DeadLetters {

    private static final int MAX_DETAIL_CHARS = 4_000;
    private static final int MAX_ID_CHARS = 1_000;
    /** The key is stored twice, as the record's key and in the letter. */
    private static final int MAX_KEY_BYTES = 64 << 10;

    private static final int MAX_VALUE_BYTES = RecordLimits.MAX_BYTES - 4 * MAX_KEY_BYTES;

    private DeadLetters() {}

    /** The letter of a record that no task waits for. */
    public static DeadLetter letter(
            ConsumerRecord<byte[], byte[]> source, String reason, String detail, String component) {
        return letter(source, reason, detail, component, "", 0);
    }

    /**
     * @param taskId the task whose samples are missing because of this record, or empty
     * @param samples number of missing samples
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

    /** The parameters are the fields of {@link DeadLetter}. */
    public static DeadLetter letter(
            String topic,
            int partition,
            long offset,
            byte[] key,
            byte[] value,
            String reason,
            String detail,
            String component,
            long rejectedAtMs,
            String taskId,
            int samples) {
        StringBuilder explained = new StringBuilder(shortened(detail, MAX_DETAIL_CHARS));
        return new DeadLetter(
                topic,
                partition,
                offset,
                kept("key", key, MAX_KEY_BYTES, explained),
                kept("value", value, MAX_VALUE_BYTES, explained),
                reason,
                explained.toString(),
                component,
                rejectedAtMs,
                // A longer id cannot be that of a scheduler's task.
                taskId.length() <= MAX_ID_CHARS ? taskId : "",
                samples);
    }

    /** The record that carries a letter, with the rejected record's key. */
    public static ProducerRecord<byte[], byte[]> record(
            String deadLetterTopic, DeadLetter letter, RecordSerde<DeadLetter> serde) {
        return new ProducerRecord<>(deadLetterTopic, key(letter), serde.encode(letter));
    }

    /** The key of the record that carries a letter; null if the rejected record had none, or if it was omitted. */
    public static byte[] key(DeadLetter letter) {
        return letter.getKey() == null ? null : letter.getKey().array();
    }

    private static ByteBuffer kept(String what, byte[] bytes, int limit, StringBuilder detail) {
        if (bytes == null) {
            return null;
        }
        if (bytes.length > limit) {
            detail.append("; the ").append(what).append(" of ").append(bytes.length);
            detail.append(" bytes would not fit into this letter; read it from the source topic");
            return null;
        }
        return ByteBuffer.wrap(bytes);
    }

    private static String shortened(String text, int chars) {
        return text.length() <= chars ? text : text.substring(0, chars) + "...";
    }
}
