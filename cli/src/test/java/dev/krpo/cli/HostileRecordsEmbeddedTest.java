package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.streams.StreamsApp;
import dev.krpo.testkit.TestBroker;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificData;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs every role on a log to which any producer may have written anything. */
@Timeout(420)
class HostileRecordsEmbeddedTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final List<String> FILES = List.of(
            "rollout-00-rolloutId-string-length-2147483647.bin",
            "rollout-04-promptTokens-count-262.bin",
            "rollout-06-components-map-count-262.bin",
            "rollout-08-enum-9.bin",
            "rollout-09-rolloutId-invalid-utf8.bin");
    private static final byte[] KEY_THAT_IS_NO_TEXT = {(byte) 0xFF, (byte) 0xC0};

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    private ArithmeticRun run;

    @BeforeEach
    void startRun() throws InterruptedException {
        run = BROKER.closing(new ArithmeticRun(BROKER.bootstrapServers(), "krpo", directory));
        run.set("trainer.batchSize", 32);
        run.prepare();
    }

    @Test
    void shouldLearnDespiteBadRecordsInAnyTopicAndKeepEachOnce() throws Exception {
        Map<Topic, Integer> written = new TreeMap<>();
        writeHostileRecords(written);
        StreamsApp streams = run.startStreams();
        RolloutWorker worker = run.startWorker();
        Trainer trainer = run.startTrainer();
        awaitVersion(2);
        writeHostileRecords(written);
        awaitVersion(run.newestVersion() + 2);

        stop(worker);
        stop(trainer);
        run.startWorker();
        Trainer successor = run.startTrainer();
        long restarted = run.newestVersion();
        awaitVersion(restarted + 2);

        // A topic's consumer writes the dead letters; elsewhere, bad records are skipped and logged.
        Map<Topic, Integer> expected = new TreeMap<>(written);
        expected.keySet().retainAll(List.of(Topic.ROLLOUTS, Topic.ROLLOUT_TASKS, Topic.ADVANTAGES, Topic.PROMPTS));
        await().atMost(LIMIT).untilAsserted(() -> assertThat(letters()).isEqualTo(expected));
        assertThat(streams.failure()).isEmpty();
        assertThat(run.roles()).allSatisfy(role -> assertThat(role.failure()).isEmpty());
        // Only one learner per process can compute gradients at a time, and the replay is a learner.
        stop(successor);
        commandsRead();
    }

    private void commandsRead() {
        for (String[] command : new String[][] {
            {"inspect", "rollouts", "-n", "200"},
            {"inspect", "steps"},
            {"inspect", "staleness"},
            {"inspect", "lag"},
            {"inspect", "retention"},
            {"dead-letters", "list", "-n", "200"},
            {"replay", "--to", "2"}
        }) {
            List<String> args = new ArrayList<>(List.of(command));
            run.settings().forEach((name, value) -> args.addAll(List.of("--set", name + "=" + value)));
            Cli cli = Cli.run(args.toArray(String[]::new));
            assertThat(cli.exitCode()).as("%s: %s", args, cli.err()).isZero();
        }
    }

    private void writeHostileRecords(Map<Topic, Integer> written) throws InterruptedException, ExecutionException {
        try (KafkaProducer<byte[], byte[]> producer = run.cluster().producer(Map.of())) {
            for (Topic topic : Topic.values()) {
                List<byte[]> values = hostileValues(topic);
                for (byte[] value : values) {
                    byte[] key = topic.compacted() || written.size() % 2 == 0 ? KEY_THAT_IS_NO_TEXT : null;
                    producer.send(new ProducerRecord<>(run.name(topic), key, value))
                            .get();
                }
                written.merge(topic, values.size(), Integer::sum);
            }
        }
    }

    private static List<byte[]> hostileValues(Topic topic) {
        byte[] header = header(topic);
        List<byte[]> values = new ArrayList<>();
        for (String file : FILES) {
            byte[] bytes = resource(file);
            System.arraycopy(header, 0, bytes, 0, header.length);
            values.add(bytes);
        }
        byte[] negativeLength = Arrays.copyOf(header, 20);
        Arrays.fill(negativeLength, header.length, 20, (byte) 1);
        values.add(negativeLength);
        values.add(new byte[] {1});
        values.add(new byte[0]);
        values.add("{\"json\": \"not Avro\"}".getBytes(StandardCharsets.UTF_8));
        values.add(header(topic == Topic.PROMPTS ? Topic.ROLLOUTS : Topic.PROMPTS));
        if (!topic.compacted()) {
            values.add(null);
        }
        return values;
    }

    private static byte[] header(Topic topic) {
        return ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0xC3)
                .put((byte) 1)
                .putLong(SchemaNormalization.parsingFingerprint64(
                        SpecificData.get().getSchema(topic.valueType())))
                .array();
    }

    private static byte[] resource(String file) {
        try (InputStream stream = HostileRecordsEmbeddedTest.class.getResourceAsStream("/hostile/" + file)) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(file, e);
        }
    }

    private static void stop(Role role) {
        role.close();
        assertThat(role.failure()).isEmpty();
    }

    private void awaitVersion(long version) {
        await().atMost(LIMIT).until(() -> {
            assertThat(run.roles())
                    .allSatisfy(role -> assertThat(role.failure()).isEmpty());
            return run.newestVersion() >= version;
        });
    }

    /** Number of dead letters by source topic. */
    private Map<Topic, Integer> letters() {
        Map<Topic, Integer> letters = new TreeMap<>();
        RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
        for (ConsumerRecord<byte[], byte[]> record : run.records(Topic.DEAD_LETTERS)) {
            ReadableRecords.decode(serde, record).ifPresent(letter -> {
                for (Topic topic : Topic.values()) {
                    if (run.name(topic).equals(letter.getSourceTopic())) {
                        letters.merge(topic, 1, Integer::sum);
                    }
                }
            });
        }
        return letters;
    }
}
