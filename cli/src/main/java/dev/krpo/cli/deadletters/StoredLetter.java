package dev.krpo.cli.deadletters;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecordBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A dead letter and where it lies, which is its name: {@code partition@offset}. */
record StoredLetter(int partition, long offset, DeadLetter letter) {

    private static final Logger LOG = LoggerFactory.getLogger(StoredLetter.class);
    private static final Duration READ_LIMIT = Duration.ofMinutes(5);

    /** Every letter of the run, oldest first. */
    static List<StoredLetter> all(Map<String, String> config) {
        List<StoredLetter> letters = new ArrayList<>();
        forEach(config, letters::add);
        letters.sort(Comparator.comparingLong(stored -> stored.letter.getRefusedAtMs()));
        return letters;
    }

    /** Reads every letter of the run and keeps none: each may hold a record of 16 MiB. */
    static void forEach(Map<String, String> config, Consumer<StoredLetter> each) {
        RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
        String topic = new TopicCatalogue(new TopicSettings(config)).name(Topic.DEAD_LETTERS);
        CommittedRecords.read(new KafkaSettings(config), topic, READ_LIMIT, record -> {
            try {
                each.accept(new StoredLetter(record.partition(), record.offset(), serde.decode(record.value())));
            } catch (UndecodableRecordException e) {
                LOG.warn("skipped {}-{}@{}: {}", topic, record.partition(), record.offset(), e.getMessage());
            }
        });
    }

    String name() {
        return partition + "@" + offset;
    }

    String source() {
        return letter.getSourceTopic() + "-" + letter.getSourcePartition() + "@" + letter.getSourceOffset();
    }

    /** The topic of this run that the record came from; empty if it is none. */
    Optional<Topic> topic(TopicCatalogue topics) {
        for (Topic topic : Topic.values()) {
            if (topics.name(topic).equals(letter.getSourceTopic())) {
                return Optional.of(topic);
            }
        }
        return Optional.empty();
    }

    /** The refused record as JSON, if its bytes can be read. */
    Optional<String> content(TopicCatalogue topics) {
        if (letter.getValue() == null) {
            return Optional.empty();
        }
        try {
            return topic(topics).map(topic -> decoded(topic.valueType()));
        } catch (UndecodableRecordException e) {
            return Optional.empty();
        }
    }

    private String decoded(Class<? extends SpecificRecordBase> type) {
        return RecordSerde.of(type).decode(bytes(letter.getValue())).toString();
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
