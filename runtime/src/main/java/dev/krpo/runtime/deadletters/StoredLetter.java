package dev.krpo.runtime.deadletters;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A dead letter and its position, which is its name: {@code partition@offset}. */
public record StoredLetter(int partition, long offset, DeadLetter letter) {

    private static final RecordSerde<DeadLetter> SERDE = RecordSerde.of(DeadLetter.class);
    private static final Duration READ_LIMIT = Duration.ofMinutes(30);
    /** Limited to digits that fit into the number types. */
    private static final Pattern NAME = Pattern.compile("(\\d{1,9})@(\\d{1,18})");

    /** Streams every letter of the run without retaining any: each may hold a record of 16 MiB. */
    public static void forEach(Config config, Consumer<StoredLetter> each) {
        CommittedRecords.read(new KafkaSettings(config), topic(config), READ_LIMIT, record -> decode(record)
                .ifPresent(each));
    }

    /** The letter with this name; empty if there is none or it cannot be decoded. */
    public static Optional<StoredLetter> named(Config config, String name) {
        Matcher place = NAME.matcher(name);
        if (!place.matches()) {
            return Optional.empty();
        }
        TopicPartition partition = new TopicPartition(topic(config), Integer.parseInt(place.group(1)));
        long offset = Long.parseLong(place.group(2));
        try (KafkaConsumer<byte[], byte[]> consumer = Cluster.of(config).consumer(Map.of("max.poll.records", 1))) {
            if (consumer.partitionsFor(partition.topic()).size() <= partition.partition()) {
                return Optional.empty();
            }
            consumer.assign(List.of(partition));
            if (consumer.beginningOffsets(List.of(partition)).get(partition) > offset
                    || consumer.endOffsets(List.of(partition)).get(partition) <= offset) {
                return Optional.empty();
            }
            consumer.seek(partition, offset);
            AtomicReference<StoredLetter> found = new AtomicReference<>();
            CommittedRecords.readTo(consumer, Map.of(partition, offset + 1), READ_LIMIT, record -> {
                // At a transaction marker, the next record is returned instead.
                if (record.offset() == offset) {
                    decode(record).ifPresent(found::set);
                }
            });
            return Optional.ofNullable(found.get());
        }
    }

    private static String topic(Config config) {
        return new TopicCatalogue(config).name(Topic.DEAD_LETTERS);
    }

    private static Optional<StoredLetter> decode(ConsumerRecord<byte[], byte[]> record) {
        return ReadableRecords.decode(SERDE, record)
                .map(letter -> new StoredLetter(record.partition(), record.offset(), letter));
    }

    public String name() {
        return partition + "@" + offset;
    }

    public String source() {
        return letter.getSourceTopic() + "-" + letter.getSourcePartition() + "@" + letter.getSourceOffset();
    }

    /** The topic of this run that the record came from; empty if it came from elsewhere. */
    Optional<Topic> topic(TopicCatalogue topics) {
        for (Topic topic : Topic.values()) {
            if (topics.name(topic).equals(letter.getSourceTopic())) {
                return Optional.of(topic);
            }
        }
        return Optional.empty();
    }

    /** The rejected record as JSON, if its bytes can be decoded. */
    public Optional<String> content(TopicCatalogue topics) {
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

    public static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
