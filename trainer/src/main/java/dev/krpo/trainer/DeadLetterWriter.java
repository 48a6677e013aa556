package dev.krpo.trainer;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what the trainer cannot use to {@code dead-letters}. Safe for use by several threads. */
final class DeadLetterWriter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWriter.class);

    private final String topic;
    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);

    DeadLetterWriter(TrainerSettings settings) {
        topic = settings.catalogue().name(Topic.DEAD_LETTERS);
        producer = new KafkaProducer<>(
                settings.kafka().client(Map.of("acks", "all", "max.request.size", RecordLimits.MAX_BYTES)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    void refuse(ConsumerRecord<byte[], byte[]> record, String reason, String detail) {
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
                LOG.error("a record did not reach dead-letters", exception);
            }
        });
    }

    @Override
    public void close() {
        producer.close();
    }
}
