package dev.krpo.trainer.schedule;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.kafka.KafkaTable;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a dead letter of each record of {@code prompts} that cannot be read, once: every start reads the topic from its beginning,
 * so the trainer's consumer group remembers up to where letters were written. A crash between letter and commit repeats the letter.
 */
final class UnreadablePrompts implements KafkaTable.Unreadable {

    private static final Logger LOG = LoggerFactory.getLogger(UnreadablePrompts.class);

    private final TrainerSettings settings;
    private final Producer<byte[], byte[]> producer;
    private final RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);

    UnreadablePrompts(TrainerSettings settings, Producer<byte[], byte[]> producer) {
        this.settings = settings;
        this.producer = producer;
    }

    @Override
    public void found(ConsumerRecord<byte[], byte[]> record, UndecodableRecordException reason) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        try (KafkaConsumer<byte[], byte[]> group = group()) {
            OffsetAndMetadata done = group.committed(Set.of(partition)).get(partition);
            if (done != null && record.offset() < done.offset()) {
                return;
            }
            LOG.warn(
                    "{}@{} goes to dead-letters: {}: {}",
                    partition,
                    record.offset(),
                    reason.reason(),
                    reason.getMessage());
            write(record, reason);
            group.commitSync(Map.of(partition, new OffsetAndMetadata(record.offset() + 1)));
        }
    }

    private void write(ConsumerRecord<byte[], byte[]> record, UndecodableRecordException reason) {
        DeadLetter letter = DeadLetters.letter(record, reason.reason(), reason.getMessage(), "trainer");
        String topic = settings.catalogue().name(Topic.DEAD_LETTERS);
        try {
            producer.send(DeadLetters.record(topic, letter, serde)).get();
        } catch (ExecutionException e) {
            throw new KafkaException("a letter could not be written to " + topic, e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private KafkaConsumer<byte[], byte[]> group() {
        String id = settings.catalogue().trainerId(settings.policy().name());
        return new KafkaConsumer<>(
                settings.kafka().client(Map.of("group.id", id, "enable.auto.commit", "false")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
