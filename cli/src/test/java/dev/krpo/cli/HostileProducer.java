package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.cli.HostileRecords.Hostile;
import dev.krpo.cli.HostileRecords.Kind;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * An external producer that exhibits every kind of fault next to a running pipeline, and knows the expected outcome of
 * each record.
 */
final class HostileProducer implements AutoCloseable {

    private static final int ROLLOUTS_FOR_EACH = 100;
    /** The topics whose consumers write dead letters for what they cannot read. */
    private static final List<String> CONSUMED = List.of("rollout-tasks", "advantages", "prompts");
    /** Topics where such a record is skipped and logged. */
    private static final List<String> FOLLOWED =
            List.of("policy-versions", "training-steps", "baselines", "dead-letters");

    private final String prefix;
    private final Random random;
    private final HostileRecords records;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Kind> nextKinds = new ArrayList<>();
    private final Map<String, Kind> forTheTrainer = new LinkedHashMap<>();
    private final Map<Place, String> reasons = new LinkedHashMap<>();
    private long rollouts;

    private record Place(String topic, int partition, long offset) {}

    HostileProducer(KafkaSettings kafka, String prefix, int partitions, long seed) {
        this.prefix = prefix;
        this.random = new Random(seed);
        this.records = new HostileRecords(seed, partitions);
        this.producer =
                new KafkaProducer<>(kafka.client(Map.of()), new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Sends one record of every kind, and random bytes to every other topic. */
    void sendEachKind() throws Exception {
        for (Kind kind : Kind.values()) {
            send(records.make(kind));
        }
        for (String topic : CONSUMED) {
            Place place = sendNoise(topic);
            reasons.put(place, Kind.NOISE.reason());
        }
        for (String topic : FOLLOWED) {
            sendNoise(topic);
        }
    }

    /** Sends records until one in a hundred rollouts is hostile. */
    void keepUpWith(long rolloutsInAll) throws Exception {
        while (ROLLOUTS_FOR_EACH * rollouts < rolloutsInAll) {
            if (nextKinds.isEmpty()) {
                nextKinds.addAll(Arrays.asList(Kind.values()));
                Collections.shuffle(nextKinds, random);
            }
            send(records.make(nextKinds.remove(nextKinds.size() - 1)));
        }
    }

    /** Number of hostile rollouts sent. */
    long rollouts() {
        return rollouts;
    }

    /** True if the record's consumer must write a dead letter for it. */
    boolean mustBeRejected(ConsumerRecord<?, ?> record) {
        return reasons.containsKey(new Place(record.topic(), record.partition(), record.offset()));
    }

    private void send(Hostile hostile) throws Exception {
        Place place = send(new ProducerRecord<>(
                prefix + "." + hostile.kind().topic(), hostile.partition(), hostile.key(), hostile.value()));
        rollouts += hostile.kind().topic().equals("rollouts") ? 1 : 0;
        if (hostile.kind().isForTheTrainer()) {
            forTheTrainer.put(hostile.id(), hostile.kind());
        } else {
            reasons.put(place, hostile.kind().reason());
        }
    }

    private Place sendNoise(String topic) throws Exception {
        byte[] key = ("noise-" + random.nextInt()).getBytes(StandardCharsets.UTF_8);
        return send(new ProducerRecord<>(prefix + "." + topic, key, records.noise()));
    }

    private Place send(ProducerRecord<byte[], byte[]> record) throws Exception {
        RecordMetadata written = producer.send(record).get();
        return new Place(written.topic(), written.partition(), written.offset());
    }

    /** Asserts that each record is among the dead letters, with its reason. */
    void assertThatEachIsADeadLetter(Collection<DeadLetter> letters) {
        Map<Place, String> found = new LinkedHashMap<>();
        Map<String, String> foundByTheTrainer = new LinkedHashMap<>();
        Set<String> expectedByTheTrainer = new HashSet<>(forTheTrainer.keySet());
        for (DeadLetter letter : letters) {
            Place place = new Place(letter.getSourceTopic(), letter.getSourcePartition(), letter.getSourceOffset());
            if (reasons.containsKey(place)) {
                found.put(place, letter.getReason());
            } else if (letter.getSourceTopic().equals(prefix + ".advantages")) {
                String rolloutId = rolloutId(letter.getValue());
                if (expectedByTheTrainer.contains(rolloutId)) {
                    foundByTheTrainer.put(rolloutId, letter.getReason());
                }
            }
        }
        assertThat(found).containsExactlyInAnyOrderEntriesOf(reasons);
        Map<String, String> expected = new LinkedHashMap<>();
        forTheTrainer.forEach((id, kind) -> expected.put(id, kind.reason()));
        assertThat(foundByTheTrainer).containsExactlyInAnyOrderEntriesOf(expected);
    }

    private static String rolloutId(ByteBuffer sample) {
        byte[] bytes = new byte[sample.remaining()];
        sample.duplicate().get(bytes);
        try {
            return RecordSerde.of(AdvantageSample.class)
                    .decode(bytes)
                    .getRollout()
                    .getRolloutId();
        } catch (UndecodableRecordException e) {
            return "";
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
