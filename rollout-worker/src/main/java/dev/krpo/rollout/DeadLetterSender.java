package dev.krpo.rollout;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends what cannot be used to {@code dead-letters}. */
final class DeadLetterSender {

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterSender.class);
    private static final String COMPONENT = "rollout-worker";

    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);

    DeadLetterSender(Producer<byte[], byte[]> producer, TopicCatalogue catalogue) {
        this.producer = producer;
        this.topic = catalogue.name(Topic.DEAD_LETTERS);
    }

    Future<RecordMetadata> send(ConsumerRecord<byte[], byte[]> source, String reason, String detail) {
        LOG.warn(
                "{}-{}@{} goes to dead-letters: {}: {}",
                source.topic(),
                source.partition(),
                source.offset(),
                reason,
                detail);
        DeadLetter letter = DeadLetters.letter(source, reason, detail, COMPONENT);
        return producer.send(new ProducerRecord<>(topic, source.key(), serde.encode(letter)), (metadata, exception) -> {
            if (exception != null) {
                LOG.error(
                        "{}-{}@{} did not reach dead-letters",
                        source.topic(),
                        source.partition(),
                        source.offset(),
                        exception);
            }
        });
    }

    /** As {@link #send}, for a caller that has nothing to hold back when it fails; a failure is logged. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void report(ConsumerRecord<byte[], byte[]> source, String reason, String detail) {
        send(source, reason, detail);
    }
}
