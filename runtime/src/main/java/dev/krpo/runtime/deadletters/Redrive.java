package dev.krpo.runtime.deadletters;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;

/** The record to write in order to redrive a dead letter. */
final class Redrive {

    private Redrive() {}

    /**
     * For a letter from rollouts or rollout-tasks, the rejected record itself; for one from advantages, the rollout in
     * the sample, since its advantage was computed from an old belief.
     *
     * @throws NotRedrivableException if the letter comes from another topic or lacks the required bytes
     */
    static ProducerRecord<byte[], byte[]> record(StoredLetter stored, TopicCatalogue topics)
            throws NotRedrivableException {
        DeadLetter letter = stored.letter();
        Topic source = stored.topic(topics)
                .orElseThrow(() -> new NotRedrivableException(letter.getSourceTopic() + " is not a topic of this run"));
        if (source != Topic.ROLLOUTS && source != Topic.ROLLOUT_TASKS && source != Topic.ADVANTAGES) {
            throw new NotRedrivableException("a record of " + letter.getSourceTopic() + " cannot be redriven,"
                    + " only rollouts and rollout-tasks can; let its producer write it again");
        }
        if (letter.getValue() == null) {
            throw new NotRedrivableException(
                    "it holds no bytes; copy the record from " + stored.source() + " yourself");
        }
        byte[] value = StoredLetter.bytes(letter.getValue());
        return source == Topic.ADVANTAGES
                ? rollout(value, topics)
                : new ProducerRecord<>(
                        letter.getSourceTopic(),
                        letter.getKey() == null ? null : StoredLetter.bytes(letter.getKey()),
                        value);
    }

    private static ProducerRecord<byte[], byte[]> rollout(byte[] sample, TopicCatalogue topics)
            throws NotRedrivableException {
        try {
            Rollout rollout =
                    RecordSerde.of(AdvantageSample.class).decode(sample).getRollout();
            return new ProducerRecord<>(
                    topics.name(Topic.ROLLOUTS),
                    rollout.getPromptId().getBytes(StandardCharsets.UTF_8),
                    RecordSerde.of(Rollout.class).encode(rollout));
        } catch (UndecodableRecordException e) {
            throw new NotRedrivableException(
                    "its sample cannot be read, so there is no rollout to redrive: " + e.getMessage());
        }
    }
}
