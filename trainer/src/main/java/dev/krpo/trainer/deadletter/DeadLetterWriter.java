package dev.krpo.trainer.deadletter;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends records that the trainer cannot use to {@code dead-letters}. Thread-safe. */
public final class DeadLetterWriter {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWriter.class);

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
    private final AtomicReference<Exception> firstFailure = new AtomicReference<>();

    public DeadLetterWriter(TrainerSettings settings) {
        topic = settings.catalogue().name(Topic.DEAD_LETTERS);
        producer = settings.cluster().producer(Map.of());
    }

    /** Returns before the broker has acknowledged the letter, see {@link #flush}. */
    @SuppressWarnings("FutureReturnValueIgnored")
    public void reject(ConsumerRecord<byte[], byte[]> record, String reason, String detail) {
        LOG.warn(
                "{}-{}@{} goes to dead-letters: {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                reason,
                detail);
        DeadLetter letter = DeadLetters.letter(record, reason, detail, "trainer");
        producer.send(DeadLetters.record(topic, letter, serde), (metadata, exception) -> {
            if (exception != null) {
                firstFailure.compareAndSet(null, exception);
            }
        });
    }

    /**
     * Returns once the broker has acknowledged every letter. Only then may offsets of rejected records be committed.
     *
     * @throws KafkaException if a letter could not be written, with the cause; also on every later call
     */
    public void flush() {
        producer.flush();
        Exception failure = firstFailure.get();
        if (failure != null) {
            throw new KafkaException(
                    "a dead letter could not be written to " + topic
                            + "; the rejected record will be read again when the trainer is restarted",
                    failure);
        }
    }

    /** @param limit after which unacknowledged letters are abandoned */
    public void close(Duration limit) {
        producer.close(limit);
    }
}
