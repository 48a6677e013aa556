package dev.krpo.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 240, unit = TimeUnit.SECONDS)
class RolloutWorkerEmbeddedTest {

    private static EmbeddedBroker broker;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startBroker() {
        TorchEngine.configure(1);
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldPublishAWholeGroupWithTheLogProbsOfTheTrainingForward() throws Exception {
        Map<String, String> config = config("group");
        announce(config, 0, 1);
        sendPrompt(config, "p", "1+2=");
        sendTask(config, 0, "p", 4);
        try (RolloutWorker worker = new RolloutWorker(config)) {
            worker.start();
            awaitRollouts(config, 4);
        }
        List<Rollout> rollouts = read(config, Topic.ROLLOUTS, Rollout.class);
        assertThat(rollouts)
                .extracting(Rollout::getRolloutId)
                .containsExactly("default-0/0", "default-0/1", "default-0/2", "default-0/3");
        try (Policy policy = policy(1)) {
            for (Rollout rollout : rollouts) {
                float[] recorded = PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs());
                float[] recomputed = recompute(policy, rollout);
                assertThat(recorded).hasSameSizeAs(recomputed);
                for (int i = 0; i < recorded.length; i++) {
                    assertThat(Math.abs(recorded[i] - recomputed[i])).isLessThan(2e-4f);
                }
                assertThat(rollout.getVersionRuns().get(0).getPolicyVersion()).isZero();
            }
        }
    }

    @Test
    void shouldSendWhatItCannotGenerateToDeadLettersAndGoOn() throws Exception {
        Map<String, String> config = config("bad");
        announce(config, 0, 1);
        sendPrompt(config, "p", "1+2=");
        sendPrompt(config, "unencodable", "what is 1+2?");
        sendTask(config, 0, "nobody-loaded-this", 1);
        send(config, Topic.ROLLOUT_TASKS, "p", new byte[] {9, 9});
        sendTask(config, 2, "unencodable", 1);
        sendTask(config, 3, "p", 1);
        try (RolloutWorker worker = new RolloutWorker(config)) {
            worker.start();
            awaitRollouts(config, 1);
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            read(config, Topic.DEAD_LETTERS, DeadLetter.class).size() == 3);
        }
        assertThat(read(config, Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactlyInAnyOrder("unknown-prompt", "not-single-object", "task-invalid");
        assertThat(read(config, Topic.ROLLOUTS, Rollout.class))
                .extracting(Rollout::getTaskId)
                .containsExactly("default-3");
    }

    @Test
    void shouldKeepItsWeightsWhenACheckpointIsDamagedAndTakeTheNextGoodOne() throws Exception {
        Map<String, String> config = config("damaged");
        announce(config, 0, 1);
        sendPrompt(config, "p", "1+2=");
        try (RolloutWorker worker = new RolloutWorker(config)) {
            worker.start();
            sendTask(config, 0, "p", 1);
            awaitRollouts(config, 1);

            PolicyVersion damaged = write(config, 1, 2);
            Path weights = Path.of(config.get("policy.checkpoints"), damaged.getCheckpointUri(), "model.safetensors");
            byte[] bytes = Files.readAllBytes(weights);
            bytes[bytes.length - 1] ^= 1;
            Files.write(weights, bytes);
            send(
                    config,
                    Topic.POLICY_VERSIONS,
                    "default",
                    RecordSerde.of(PolicyVersion.class).encode(damaged));
            await().atMost(Duration.ofMinutes(1)).until(() -> !read(config, Topic.DEAD_LETTERS, DeadLetter.class)
                    .isEmpty());
            sendTask(config, 1, "p", 1);
            awaitRollouts(config, 2);

            announce(config, 2, 3);
            long[] sequence = {2};
            await().atMost(Duration.ofMinutes(1)).until(() -> {
                sendTask(config, sequence[0]++, "p", 1);
                return read(config, Topic.ROLLOUTS, Rollout.class).stream().anyMatch(rollout -> version(rollout) == 2);
            });
        }
        assertThat(read(config, Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly("checkpoint-unusable");
        assertThat(read(config, Topic.ROLLOUTS, Rollout.class))
                .extracting(RolloutWorkerEmbeddedTest::version)
                .contains(0L, 2L)
                .doesNotContain(1L);
    }

    @Test
    void shouldShareTasksBetweenWorkersAndGenerateTheSameWhicheverTakesIt() throws Exception {
        Map<String, String> config = config("shared");
        announce(config, 0, 1);
        sendPrompt(config, "p", "1+2=");
        for (int task = 0; task < 40; task++) {
            sendTask(config, task, "p", 1);
        }
        config.put("worker.batchTasks", "4");
        try (RolloutWorker one = new RolloutWorker(config);
                RolloutWorker two = new RolloutWorker(config)) {
            one.start();
            two.start();
            awaitRollouts(config, 40);
        }
        List<Rollout> rollouts = read(config, Topic.ROLLOUTS, Rollout.class);
        assertThat(rollouts).extracting(Rollout::getRolloutId).doesNotHaveDuplicates();

        Map<String, String> again = config("shared-again");
        announce(again, 0, 1);
        sendPrompt(again, "p", "1+2=");
        for (int task = 0; task < 40; task++) {
            sendTask(again, task, "p", 1);
        }
        try (RolloutWorker alone = new RolloutWorker(again)) {
            alone.start();
            awaitRollouts(again, 40);
        }
        Map<String, List<Integer>> tokens = new LinkedHashMap<>();
        rollouts.forEach(rollout -> tokens.put(rollout.getRolloutId(), rollout.getCompletionTokens()));
        assertThat(read(again, Topic.ROLLOUTS, Rollout.class))
                .allSatisfy(rollout ->
                        assertThat(rollout.getCompletionTokens()).isEqualTo(tokens.get(rollout.getRolloutId())));
    }

    private static float[] recompute(Policy policy, Rollout rollout) {
        int[] prompt = PrimitiveArrays.toInts(rollout.getPromptTokens());
        int[] completion = PrimitiveArrays.toInts(rollout.getCompletionTokens());
        long[] all = new long[prompt.length + completion.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < prompt.length ? prompt[i] : completion[i - prompt.length];
        }
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray tokens =
                    manager.create(java.util.Arrays.copyOf(all, all.length - 1), new Shape(1, all.length - 1L));
            NDArray targets =
                    manager.create(java.util.Arrays.copyOfRange(all, 1, all.length), new Shape(1, all.length - 1L));
            float[] logProbs = LogProbs.ofTokens(policy.decoder().logits(tokens), targets, 1, 1)
                    .toFloatArray();
            return java.util.Arrays.copyOfRange(logProbs, prompt.length - 1, logProbs.length);
        }
    }

    private static long version(Rollout rollout) {
        return rollout.getVersionRuns().get(0).getPolicyVersion();
    }

    private Map<String, String> config(String prefix) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("kafka.bootstrap.servers", broker.bootstrapServers());
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "1");
        config.put("policy.checkpoints", directory.resolve(prefix).toString());
        config.put("policy.device", "cpu");
        config.put("worker.pollMs", "100");
        try (Admin admin = BrokerConnection.await(new KafkaSettings(config))) {
            new TopicCatalogue(new TopicSettings(config)).create(admin);
        }
        return config;
    }

    private static Policy policy(long seed) {
        CharTokenizer tokenizer = CharTokenizer.arithmetic();
        ModelConfig model = new ModelConfig(tokenizer.vocabularySize(), 16, 24, 1, 2, 1, 32, 1e-5, 10_000, true, 0.2);
        return Policy.initialise(model, tokenizer, seed, Device.cpu());
    }

    private static PolicyVersion write(Map<String, String> config, long version, long seed) {
        try (Policy policy = policy(seed)) {
            CheckpointRef ref = new DirectoryCheckpointStore(Path.of(config.get("policy.checkpoints")))
                    .write(
                            "v" + version,
                            new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of()));
            return new PolicyVersion("default", version, ref.uri(), ref.sha256(), ref.sizeBytes(), 0L);
        }
    }

    private static void announce(Map<String, String> config, long version, long seed) throws Exception {
        send(
                config,
                Topic.POLICY_VERSIONS,
                "default",
                RecordSerde.of(PolicyVersion.class).encode(write(config, version, seed)));
    }

    private static void sendPrompt(Map<String, String> config, String id, String text) throws Exception {
        send(config, Topic.PROMPTS, id, RecordSerde.of(Prompt.class).encode(new Prompt(id, text, "3", "d", Map.of())));
    }

    private static void sendTask(Map<String, String> config, long sequence, String prompt, int groupSize)
            throws Exception {
        RolloutTask task = new RolloutTask(
                "default-" + sequence,
                sequence,
                prompt,
                "default",
                groupSize,
                new SamplingParameters(1.0, 1.0, 6, sequence),
                0L,
                0L);
        send(
                config,
                Topic.ROLLOUT_TASKS,
                prompt,
                RecordSerde.of(RolloutTask.class).encode(task));
    }

    private static void send(Map<String, String> config, Topic topic, String key, byte[] value) throws Exception {
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                new KafkaSettings(config).client(Map.of()), new StringSerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(new TopicCatalogue(new TopicSettings(config)).name(topic), key, value))
                    .get();
        }
    }

    private static void awaitRollouts(Map<String, String> config, int count) {
        await().atMost(Duration.ofMinutes(1))
                .until(() -> read(config, Topic.ROLLOUTS, Rollout.class).size() >= count);
    }

    private static <T extends SpecificRecordBase> List<T> read(Map<String, String> config, Topic topic, Class<T> type) {
        TopicPartition source = new TopicPartition(new TopicCatalogue(new TopicSettings(config)).name(topic), 0);
        RecordSerde<T> serde = RecordSerde.of(type);
        List<T> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                new KafkaSettings(config).client(Map.of("isolation.level", "read_committed")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            consumer.assign(List.of(source));
            consumer.seekToBeginning(List.of(source));
            long end = consumer.endOffsets(List.of(source)).get(source);
            while (consumer.position(source) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(serde.decode(record.value())));
            }
        }
        return values;
    }
}
