package dev.krpo.trainer.schedule;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes a dead letter for each unreadable record of {@code prompts}, once: every start reads the topic from its
 * beginning, so the trainer's consumer group records the offset up to which letters were written. A crash between
 * letter and commit repeats the letter.
 */
final class UnreadablePrompts implements KafkaTable.Unreadable {

    private final TrainerSettings settings;
    private final DeadLetterWriter deadLetters;
    private final Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    private boolean knowsWhatIsDone;
    private boolean wroteLetters;

    UnreadablePrompts(TrainerSettings settings, DeadLetterWriter deadLetters) {
        this.settings = settings;
        this.deadLetters = deadLetters;
    }

    @Override
    public void found(ConsumerRecord<byte[], byte[]> record, UndecodableRecordException reason) {
        if (!knowsWhatIsDone) {
            readWhatIsDone();
        }
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        OffsetAndMetadata next = done.get(partition);
        if (next != null && record.offset() < next.offset()) {
            return;
        }
        deadLetters.reject(record, reason.reason(), reason.getMessage());
        wroteLetters = true;
        done.put(partition, new OffsetAndMetadata(record.offset() + 1));
    }

    /**
     * Returns once the broker has acknowledged the letters and the group's offsets are committed.
     *
     * @throws KafkaException if a letter could not be written, with the cause
     */
    void flush() {
        if (!wroteLetters) {
            return;
        }
        deadLetters.flush();
        wroteLetters = false;
        try (KafkaConsumer<byte[], byte[]> group = group()) {
            group.commitSync(done);
        }
    }

    private void readWhatIsDone() {
        try (KafkaConsumer<byte[], byte[]> group = group()) {
            String topic = settings.catalogue().name(Topic.PROMPTS);
            group.committed(Set.copyOf(CommittedRecords.partitions(group, topic)))
                    .forEach((partition, offset) -> {
                        if (offset != null) {
                            done.put(partition, offset);
                        }
                    });
        }
        knowsWhatIsDone = true;
    }

    private KafkaConsumer<byte[], byte[]> group() {
        String id = settings.catalogue().trainerId(settings.get(PolicySettings.NAME));
        return settings.cluster().consumer(Map.of("group.id", id));
    }
}
