package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The trainer's handling of deleted and unusable samples. */
@Timeout(180)
class SampleReaderEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static EmbeddedBroker broker;

    private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
    private DeadLetterWriter letters;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @AfterEach
    void closeLetters() {
        letters.close(PATIENCE);
    }

    @Test
    void shouldStopAndNameTheSamplesThatWereDeletedUnread() throws Exception {
        TrainerSettings settings = settings("lost", Map.of());
        write(settings, 10, 10);
        delete(settings, 7);
        try (SampleReader reader = reader(settings, Map.of(0, 3L))) {
            assertThatThrownBy(reader::run)
                    .isInstanceOf(LostRecordsException.class)
                    .hasMessageContaining("offsets 3 to 6 of lost.advantages-0")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
    }

    @Test
    void shouldContinueWithTheRemainingSamplesWhenConfigured() throws Exception {
        TrainerSettings settings = settings("skipped", Map.of("topics.onLostRecords", "skip"));
        write(settings, 10, 10);
        delete(settings, 7);
        reading(reader(settings, Map.of(0, 3L)), () -> await().atMost(PATIENCE).untilAsserted(() -> assertThat(samples)
                .extracting(sample -> sample.record().offset())
                .containsExactly(7L, 8L, 9L)));
    }

    @Test
    void shouldWriteALetterForARecordOfAnySize() throws Exception {
        TrainerSettings settings = settings("large", Map.of());
        List<Integer> sizes = List.of(2 << 20, RecordLimits.MAX_BYTES - 1_000);
        for (int size : sizes) {
            write(settings, 1, size);
        }
        reading(reader(settings, Map.of()), () -> {
            await().atMost(PATIENCE).until(() -> letters(settings).size() == 2);
            List<DeadLetter> letters = letters(settings);
            assertThat(letters.get(0).getValue().remaining()).isEqualTo(sizes.get(0));
            assertThat(letters.get(1).getValue()).isNull();
            assertThat(letters.get(1).getDetail()).contains("would not fit into this letter");
        });
    }

    private SampleReader reader(TrainerSettings settings, Map<Integer, Long> nextOffsets) {
        SampleRules rules = new SampleRules(
                new ModelConfig(16, 16, 24, 1, 2, 1, 32, 1e-5, 10_000, true, 0.2), new BehaviourRules(-30));
        letters = new DeadLetterWriter(settings);
        return new SampleReader(settings, samples, nextOffsets, rules, letters);
    }

    private static void reading(SampleReader reader, Runnable check) throws InterruptedException {
        Thread thread = new Thread(reader, "reader");
        thread.start();
        try {
            check.run();
        } finally {
            reader.close();
            thread.join(PATIENCE.toMillis());
        }
    }

    private static TrainerSettings settings(String prefix, Map<String, String> more) {
        Map<String, String> config = new HashMap<>(more);
        config.put("kafka.bootstrap.servers", broker.bootstrapServers());
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "1");
        TrainerSettings settings = new TrainerSettings(Config.of(config));
        try (Admin admin = BrokerConnection.await(settings.kafka())) {
            settings.catalogue().create(admin);
        }
        return settings;
    }

    /** Records that are not samples. */
    private static void write(TrainerSettings settings, int count, int bytes) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                settings.kafka().client(Map.of("max.request.size", RecordLimits.MAX_BYTES)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(settings.catalogue().name(Topic.ADVANTAGES), new byte[bytes]))
                        .get();
            }
        }
    }

    private static void delete(TrainerSettings settings, long before) throws Exception {
        TopicPartition partition = new TopicPartition(settings.catalogue().name(Topic.ADVANTAGES), 0);
        try (Admin admin = BrokerConnection.await(settings.kafka())) {
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get();
        }
    }

    private static List<DeadLetter> letters(TrainerSettings settings) {
        List<DeadLetter> letters = new ArrayList<>();
        RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
        CommittedRecords.read(
                settings.kafka(),
                settings.catalogue().name(Topic.DEAD_LETTERS),
                PATIENCE,
                record -> letters.add(serde.decode(record.value())));
        return letters;
    }
}
