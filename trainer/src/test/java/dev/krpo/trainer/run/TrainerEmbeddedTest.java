package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.trainer.replay.Replay;
import dev.krpo.trainer.replay.ReplayException;
import dev.krpo.trainer.replay.ReplayRange;
import dev.krpo.trainer.schedule.Scheduler;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(value = 240, unit = TimeUnit.SECONDS)
class TrainerEmbeddedTest {

    private static final int BATCH = 8;
    private static EmbeddedBroker broker;

    @TempDir
    private Path directory;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldPublishOneVersionForEachBatchWithItsExactSamples() throws Exception {
        Map<String, String> config = config("chain");
        createTopics(config);
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            feed(config, 0, 3 * BATCH, 0);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 3);
        }
        assertChain(config, 3);
    }

    @Test
    void shouldDropAndCountStaleSamplesAndRejectInvalidOnes() throws Exception {
        Map<String, String> config = config("stale");
        config.put("scheduler.maxStaleness", "1");
        createTopics(config);
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            feed(config, 0, 3 * BATCH, 0);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 2);
            sendRaw(config, Topic.ADVANTAGES, "p0", new byte[] {1, 2, 3});
            feed(config, 100, BATCH, 2);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 3);
        }
        List<TrainingStep> steps = read(config, Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(steps.get(2).getSamplesDropped()).isGreaterThanOrEqualTo(BATCH);
        assertThat(steps.get(2).getDropped())
                .containsOnlyKeys("too-stale", "refused")
                .containsEntry("refused", 1L);
        assertThat(steps.get(2).getDropped().values().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(steps.get(2).getSamplesDropped());
        assertThat(steps).allSatisfy(step -> {
            assertThat(step.getStalenessMax()).isLessThanOrEqualTo(1);
            int[] histogram = PrimitiveArrays.toInts(step.getStalenessHistogram());
            assertThat(histogram).hasSize((int) step.getStalenessMax() + 1);
            assertThat(Arrays.stream(histogram).sum()).isEqualTo(BATCH);
        });
        assertThat(steps.get(1).getStalenessHistogram())
                .as("samples of version 0 at version 1")
                .containsExactly(0, BATCH);
        assertThat(read(config, Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly("not-single-object");
    }

    @Test
    void shouldTrainTheOthersWhenTheModelCannotUseSomeSamples() throws Exception {
        Map<String, String> config = config("unusable");
        createTopics(config);
        feed(config, 0, 2, 0);
        sendSample(config, 100, 1e25, rollout -> {});
        sendSample(config, 101, 1, rollout -> rollout.setCompletionTokens(PrimitiveArrays.of(3, 1_000)));
        sendSample(config, 102, 1, rollout -> rollout.setPromptTokens(PrimitiveArrays.of(new int[100])));
        sendSample(config, 103, 1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-9_999f, -0.7f)));
        sendSample(config, 104, -1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-60f, -0.7f)));
        sendSample(config, 105, 1, rollout -> rollout.setSampling(new SamplingParameters(1e-50, 1.0, 4, 0L)));
        sendSample(config, 106, 1, rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.9, 4, 0L)));
        feed(config, 2, BATCH - 2, 0);
        config.put("trainer.maxSteps", "1");
        train(config);

        assertChain(config, 1);
        assertThat(read(config, Topic.TRAINING_STEPS, TrainingStep.class).get(0).getDropped())
                .containsOnlyKeys("refused");
        assertThat(read(config, Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactlyInAnyOrder(
                        "advantage-too-large",
                        "token-outside-vocabulary",
                        "too-long-for-model",
                        "log-prob-implausible",
                        "log-prob-implausible",
                        "sampling-out-of-range",
                        "nucleus-mass-missing");
        assertReplays(config, 1);
    }

    @Test
    void shouldNotStartWithTasksThatNoWorkerCanComplete() {
        Map<String, String> config = config("too-long");
        config.put("scheduler.maxNewTokens", "32");
        createTopics(config);
        try (Trainer trainer = new Trainer(Config.of(config))) {
            assertThatThrownBy(trainer::start)
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("scheduler.maxNewTokens")
                    .hasMessageContaining("32 positions");
        }
        assertThat(read(config, Topic.POLICY_VERSIONS, PolicyVersion.class)).isEmpty();
    }

    /** The ratio is unbounded here, so that one sample overflows. */
    @Test
    void shouldTrainAndReplayTheRestOfABatchWhenOneSampleOverflows() throws Exception {
        Map<String, String> config = config("overflow");
        config.putAll(Map.of(
                "rollouts.minLogProb", "-1000",
                "trainer.maxLogRatio", "Infinity",
                "trainer.clipC", "Infinity",
                "trainer.maxSteps", "2"));
        createTopics(config);
        feed(config, 0, 3, 0);
        sendSample(config, 100, -1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-500f, -0.7f)));
        feed(config, 3, BATCH - 4, 0);
        feed(config, BATCH, BATCH, 0);
        train(config);

        List<TrainingStep> steps = read(config, Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(steps).extracting(step -> step.getSamples().size()).containsExactlyInAnyOrder(BATCH - 1, BATCH);
        assertThat(steps.get(1).getDropped()).isEqualTo(Map.of("refused", 1L));
        assertThat(steps.get(1).getSamplesTrained()).isEqualTo(2 * BATCH - 1);
        assertThat(read(config, Topic.DEAD_LETTERS, DeadLetter.class))
                .singleElement()
                .satisfies(letter -> {
                    assertThat(letter.getReason()).isEqualTo("gradient-not-finite");
                    assertThat(letter.getDetail()).contains("rollout default-100/0");
                });
        assertReplays(config, 2);
    }

    @Test
    void shouldNotRetrainAResentRolloutEvenAfterARestart() throws Exception {
        Map<String, String> config = config("repeated");
        createTopics(config);
        feed(config, 0, BATCH, 0);
        config.put("trainer.maxSteps", "1");
        train(config);
        feed(config, 0, BATCH, 0);
        feed(config, BATCH, BATCH, 0);
        config.put("trainer.maxSteps", "2");
        train(config);

        List<TrainingStep> steps = read(config, Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(steps.get(1).getDropped()).isEqualTo(Map.of("repeated", (long) BATCH));
        Map<SampleRef, String> ids = new LinkedHashMap<>();
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        CommittedRecords.read(
                new KafkaSettings(Config.of(config)),
                new TopicCatalogue(Config.of(config)).name(Topic.ADVANTAGES),
                Duration.ofSeconds(30),
                record -> ids.put(
                        new SampleRef(record.partition(), record.offset()),
                        serde.decode(record.value()).getRollout().getRolloutId()));
        assertThat(steps)
                .flatExtracting(TrainingStep::getSamples)
                .extracting(ids::get)
                .hasSize(2 * BATCH)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldResumeAfterAKillWithoutLosingOrRepeatingASample() throws Exception {
        Map<String, String> config = config("kill");
        createTopics(config);
        feed(config, 0, 40 * BATCH, 0);
        config.put("scheduler.maxStaleness", "1000");
        Process process = startProcess(config);
        try {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            >= 3);
        } finally {
            process.destroyForcibly().waitFor();
        }
        int beforeRestart =
                read(config, Topic.TRAINING_STEPS, TrainingStep.class).size();

        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            await().atMost(Duration.ofMinutes(2))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 40);
        }

        assertThat(beforeRestart).as("killed midway").isLessThan(40);
        assertChain(config, 40);
        assertReplays(config, 40);
    }

    @Test
    void shouldReplayARunWhoseSettingsChangedAndLocateTheFirstDifference() throws Exception {
        Map<String, String> config = config("replay");
        config.put("scheduler.maxStaleness", "1000");
        config.put("trainer.maxSteps", "3");
        createTopics(config);
        feed(config, 0, 6 * BATCH, 0);
        train(config);
        Map<String, String> changed = new LinkedHashMap<>(config);
        changed.putAll(Map.of(
                "trainer.maxSteps", "6",
                "trainer.learningRate", "1e-3",
                "trainer.policyLoss", "gspo",
                "trainer.aggregation", "constant",
                "trainer.klCoefficient", "0.1",
                "trainer.klEstimator", "direct",
                "trainer.entropyCoefficient", "0.01",
                "trainer.advantageNormalization", "token-mean-std"));
        train(changed);

        assertReplays(config, 6);
        Replay.Outcome part = new Replay(Config.of(config)).run(4, Optional.of(5L), (version, last) -> {});
        assertThat(part.difference()).isEmpty();

        // A checkpoint with different weights under a valid name: the log reveals it.
        PolicyVersion third =
                read(config, Topic.POLICY_VERSIONS, PolicyVersion.class).get(3);
        tamper(config, third);
        Replay.Outcome tampered = new Replay(Config.of(config)).run(0, Optional.of(5L), (version, last) -> {});
        assertThat(tampered.reached()).isEqualTo(3);
        assertThat(tampered.difference()).hasValueSatisfying(difference -> {
            assertThat(difference.version()).isEqualTo(3);
            assertThat(difference.tensor())
                    .hasValueSatisfying(tensor -> assertThat(tensor).startsWith("model.norm.weight: 1 of "));
            assertThat(difference.environment()).isEmpty();
        });
    }

    /** Earlier builds accepted such samples; the current trainer rejects them as dead letters. */
    @Test
    void shouldReplaySamplesWithMalformedTextThatAnEarlierBuildTrained() throws Exception {
        Map<String, String> config = config("replay-utf8");
        config.put("scheduler.maxStaleness", "1000");
        config.put("trainer.maxSteps", "2");
        createTopics(config);
        feed(config, 0, 2 * BATCH, 0);
        train(config);
        Map<String, String> earlier = new LinkedHashMap<>(config);
        earlier.put("topics.prefix", "replay-utf8-earlier");
        createTopics(earlier);
        copy(config, earlier, Topic.POLICY_VERSIONS, bytes -> bytes);
        copy(config, earlier, Topic.TRAINING_STEPS, bytes -> bytes);
        copy(config, earlier, Topic.ADVANTAGES, TrainerEmbeddedTest::withMalformedText);
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        CommittedRecords.read(
                new KafkaSettings(Config.of(earlier)),
                "replay-utf8-earlier.advantages",
                Duration.ofSeconds(30),
                record -> assertThatThrownBy(() -> serde.decode(record.value())).hasMessageContaining("not UTF-8"));

        assertReplays(earlier, 2);

        sendRaw(earlier, Topic.POLICY_VERSIONS, "default", announcement(Long.MAX_VALUE));
        Replay.Outcome beforeForged = new Replay(Config.of(earlier)).run(0, Optional.empty(), (version, last) -> {});
        assertThat(beforeForged.reached()).isEqualTo(2);
    }

    @Test
    void shouldNameTheJarOfALaterStepBeforeTheFirstOneIsReplayed() throws Exception {
        Map<String, String> config = config("replay-jar");
        config.put("scheduler.maxStaleness", "1000");
        config.put("trainer.maxSteps", "2");
        createTopics(config);
        feed(config, 0, 2 * BATCH, 0);
        train(config);
        Map<String, String> extended = new LinkedHashMap<>(config);
        extended.put("topics.prefix", "replay-jar-extended");
        createTopics(extended);
        copy(config, extended, Topic.POLICY_VERSIONS, bytes -> bytes);
        copy(config, extended, Topic.TRAINING_STEPS, TrainerEmbeddedTest::withALossOfAJarInTheSecondStep);
        copy(config, extended, Topic.ADVANTAGES, bytes -> bytes);
        List<Long> replayed = new ArrayList<>();

        assertThatThrownBy(() -> new Replay(Config.of(extended))
                        .run(0, Optional.empty(), (version, last) -> replayed.add(version)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith(
                        "the recorded step: trainer.policyLoss is 'soft-gate', which is not on the class"
                                + " path; put the jar that provides soft-gate into the folder plugins");
        assertThat(replayed).isEmpty();
    }

    private static byte[] withALossOfAJarInTheSecondStep(byte[] bytes) {
        RecordSerde<TrainingStep> serde = RecordSerde.of(TrainingStep.class);
        TrainingStep step = serde.decode(bytes);
        if (step.getVersionAfter() == 2) {
            step.getSettings().put("trainer.policyLoss", "soft-gate");
        }
        return serde.encode(step);
    }

    private static byte[] announcement(long version) {
        return RecordSerde.of(PolicyVersion.class)
                .encode(new PolicyVersion("default", version, "nowhere", "ab", 1L, 0L));
    }

    /** Copies the topic; each record keeps its partition and offset. */
    private static void copy(
            Map<String, String> from, Map<String, String> to, Topic topic, UnaryOperator<byte[]> change) {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                new KafkaSettings(Config.of(to)).client(Map.of()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            CommittedRecords.read(
                    new KafkaSettings(Config.of(from)),
                    new TopicCatalogue(Config.of(from)).name(topic),
                    Duration.ofSeconds(30),
                    record -> {
                        var unused = producer.send(new ProducerRecord<>(
                                new TopicCatalogue(Config.of(to)).name(topic),
                                record.partition(),
                                record.key(),
                                change.apply(record.value())));
                    });
        }
    }

    /** The text of {@link #rollout} is "x", and no other byte pair looks like it. */
    private static byte[] withMalformedText(byte[] sample) {
        byte[] changed = sample.clone();
        for (int i = 0; i < sample.length - 1; i++) {
            if (sample[i] == 2 && sample[i + 1] == 'x') {
                changed[i + 1] = (byte) 0xFF;
            }
        }
        return changed;
    }

    @Test
    void shouldNameTheVersionsThatCannotBeReplayed() throws Exception {
        Map<String, String> config = config("replay-missing");
        createTopics(config);
        assertThatThrownBy(() -> replay(config, 0, 1)).hasMessageContaining("no version of policy 'default'");

        config.put("trainer.maxSteps", "2");
        feed(config, 0, 2 * BATCH, 0);
        train(config);
        assertThatThrownBy(() -> replay(config, 0, 3))
                .hasMessageContaining("version 3")
                .hasMessageContaining("0 to 2");
        assertThat(ReplayRange.of(Config.of(config))).isEqualTo(new ReplayRange(2, 1, List.of(0L, 1L, 2L)));
        assertThat(ReplayRange.of(Config.of(config)).from()).hasValue(0L);
        deleteSamples(config);
        assertThat(ReplayRange.of(Config.of(config))).satisfies(range -> {
            assertThat(range.firstWhole()).isGreaterThan(1);
            assertThat(range.from()).isNotEqualTo(Optional.of(0L));
        });
        assertThatThrownBy(() -> replay(config, 0, 2))
                .isInstanceOf(ReplayException.class)
                .hasMessageContaining("some samples have been deleted")
                .hasMessageContaining("begins at offset");
    }

    @Test
    void shouldRejectASecondTrainerOfThePolicyWhileTheFirstOneContinues() throws Exception {
        Map<String, String> config = config("second");
        createTopics(config);
        try (Trainer first = new Trainer(Config.of(config));
                Trainer second = new Trainer(Config.of(config))) {
            first.start();
            assertThatThrownBy(second::start)
                    .hasMessageContaining("another trainer of policy 'default' is running (client ")
                    .hasMessageContaining("policy.name");
            second.close();

            feed(config, 0, BATCH, 0);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 1);
            assertThat(first.failure()).isEmpty();
        }
    }

    @Test
    void shouldFenceATrainerThatWasPausedWhenItsSuccessorHasStarted() throws Exception {
        Map<String, String> config = config("zombie");
        config.put("scheduler.maxStaleness", "1000");
        config.put("trainer.keepCheckpoints", "100");
        createTopics(config);
        feed(config, 0, 30 * BATCH, 0);
        // Its learning rate differs, and so would the weights that it announced.
        Map<String, String> paused = new LinkedHashMap<>(config);
        paused.put("trainer.learningRate", "1e-3");
        Process zombie = startProcess(paused);
        try {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            >= 2);
            signal("STOP", zombie);
            try (Trainer successor = new Trainer(Config.of(config))) {
                successor.start();
                await().atMost(Duration.ofMinutes(2))
                        .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                        .size()
                                == 30);
                signal("CONT", zombie);
                assertThat(zombie.waitFor(60, TimeUnit.SECONDS))
                        .as("the zombie stops on its own")
                        .isTrue();
                assertThat(successor.failure()).isEmpty();
            }
            assertThat(zombie.exitValue()).isEqualTo(TrainerProcess.FAILED);
            assertThat(Files.readString(directory.resolve("trainer.log"))).contains("this one was fenced and stops");
        } finally {
            zombie.destroyForcibly().waitFor();
        }
        assertChain(config, 30);
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(directory.resolve("checkpoints"));
        assertThat(read(config, Topic.POLICY_VERSIONS, PolicyVersion.class))
                .allSatisfy(version -> assertThat(store.open(version.getCheckpointUri(), version.getSha256()))
                        .isDirectory());
        assertReplays(config, 30);
    }

    @ParameterizedTest
    @EnumSource(CrashingIo.Point.class)
    void shouldResumeAfterACrashAtAnyPointOfPublishing(CrashingIo.Point point) throws Exception {
        Map<String, String> config = config("crash-" + point);
        config.put("scheduler.maxStaleness", "1000");
        createTopics(config);
        feed(config, 0, 8 * BATCH, 0);
        config.put(TrainerProcess.CRASH_POINT, point.name());
        config.put("trainer.checkpointTimeoutMs", "0");
        Process process = startProcess(config);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        boolean full = point == CrashingIo.Point.DISK_FULL;
        assertThat(process.exitValue()).isEqualTo(full ? TrainerProcess.FAILED : CrashingIo.CRASHED);
        config.remove(TrainerProcess.CRASH_POINT);
        assertThat(read(config, Topic.TRAINING_STEPS, TrainingStep.class))
                .as("committed before the crash")
                .hasSize(point == CrashingIo.Point.AFTER_TRANSACTION ? 4 : 3);

        config.put("trainer.maxSteps", "8");
        train(config);
        assertChain(config, 8);
        assertReplays(config, 8);
    }

    @Test
    void shouldResumeTheSameChainOnceAFullDiskHasSpaceAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), 8 << 20)) {
            Map<String, String> config = config("full-disk");
            config.put("policy.checkpoints", disk.root().resolve("checkpoints").toString());
            config.put("scheduler.maxStaleness", "1000");
            config.put("trainer.maxSteps", "3");
            config.put("trainer.checkpointTimeoutMs", "2000");
            createTopics(config);
            feed(config, 0, 8 * BATCH, 0);
            train(config);
            List<PolicyVersion> announced = read(config, Topic.POLICY_VERSIONS, PolicyVersion.class);
            List<Path> files = tree(disk.root());

            disk.fill(announced.get(3).getSizeBytes() / 2);
            config.put("trainer.maxSteps", "8");
            Process process = startProcess(config);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(TrainerProcess.FAILED);
            assertThat(Files.readString(directory.resolve("trainer.log")))
                    .containsPattern(
                            "Checkpoint " + disk.root().resolve("checkpoints") + "/v00000004-\\w{8} cannot be written")
                    .contains("Retrying for 1 more seconds (trainer.checkpointTimeoutMs)")
                    .contains("No space left on device")
                    .contains("bytes are free there. Free some space");
            assertThat(read(config, Topic.POLICY_VERSIONS, PolicyVersion.class)).isEqualTo(announced);
            assertThat(read(config, Topic.TRAINING_STEPS, TrainingStep.class)).hasSize(3);
            disk.free();
            assertThat(tree(disk.root())).isEqualTo(files);

            train(config);
            assertChain(config, 8);
            assertReplays(config, 8);
        }
    }

    private static List<Path> tree(Path root) throws Exception {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.sorted().toList();
        }
    }

    private static void signal(String name, Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void train(Map<String, String> config) throws Exception {
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            trainer.awaitTermination();
            assertThat(trainer.failure()).isEmpty();
        }
    }

    private static Replay.Outcome replay(Map<String, String> config, long from, long to) {
        return new Replay(Config.of(config)).run(from, Optional.of(to), (version, last) -> {});
    }

    private static void assertReplays(Map<String, String> config, long versions) {
        List<Long> replayed = new ArrayList<>();
        Replay.Outcome outcome =
                new Replay(Config.of(config)).run(0, Optional.empty(), (version, last) -> replayed.add(version));
        assertThat(outcome.difference()).isEmpty();
        assertThat(outcome.reached()).isEqualTo(versions);
        assertThat(replayed).hasSize((int) versions);
        assertThat(outcome.sha256())
                .isEqualTo(read(config, Topic.POLICY_VERSIONS, PolicyVersion.class)
                        .get((int) versions)
                        .getSha256());
    }

    /** Announces the version again with one weight changed in its checkpoint. */
    private static void tamper(Map<String, String> config, PolicyVersion version) throws Exception {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(Path.of(config.get("policy.checkpoints")));
        CheckpointContents contents =
                CheckpointContents.read(store.open(version.getCheckpointUri(), version.getSha256()));
        contents.weights().get("model.norm.weight").values()[0] += 1;
        CheckpointRef ref = store.write("tampered", contents);
        PolicyVersion tampered = PolicyVersion.newBuilder(version)
                .setSha256(ref.sha256())
                .setCheckpointUri(ref.uri())
                .build();
        sendRaw(
                config,
                Topic.POLICY_VERSIONS,
                "default",
                RecordSerde.of(PolicyVersion.class).encode(tampered));
    }

    private static void deleteSamples(Map<String, String> config) throws Exception {
        TopicCatalogue topics = new TopicCatalogue(Config.of(config));
        try (Admin admin = Admin.create(new KafkaSettings(Config.of(config)).client(Map.of()))) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(topics.name(Topic.ADVANTAGES), 0), RecordsToDelete.beforeOffset(3)))
                    .all()
                    .get();
        }
    }

    @Test
    void shouldIssueNoMoreTasksThanTheBoundAndNeverReuseAnId() throws Exception {
        Map<String, String> config = config("tasks");
        config.put("scheduler.maxStaleness", "4");
        config.put("scheduler.taskTimeoutMs", "3600000");
        createTopics(config);
        sendRaw(
                config,
                Topic.PROMPTS,
                "p0",
                RecordSerde.of(Prompt.class).encode(new Prompt("p0", "1+1=", "2", "d", Map.of())));
        sendRaw(
                config,
                Topic.PROMPTS,
                "p1",
                RecordSerde.of(Prompt.class).encode(new Prompt("p1", "1+2=", "3", "d", Map.of())));
        for (int restart = 0; restart < 2; restart++) {
            try (Trainer trainer = new Trainer(Config.of(config))) {
                trainer.start();
                await().atMost(Duration.ofMinutes(1))
                        .until(() -> read(config, Topic.ROLLOUT_TASKS, RolloutTask.class)
                                        .size()
                                >= 2 * BATCH);
            }
        }
        List<RolloutTask> tasks = read(config, Topic.ROLLOUT_TASKS, RolloutTask.class);
        assertThat(tasks).hasSize(2 * BATCH);
        assertThat(tasks).extracting(RolloutTask::getTaskId).doesNotHaveDuplicates();
    }

    @Test
    void shouldPreferHalfSolvedPromptsAndFollowChangesOfTheirBeliefs() throws Exception {
        Map<String, String> config = config("curriculum");
        config.put("scheduler.curriculum", "prioritised");
        // One batch of 32 in flight, so that most half-solved prompts are free.
        config.put("scheduler.maxStaleness", "1");
        config.put("trainer.batchSize", "32");
        createTopics(config);
        int prompts = 400;
        Map<String, byte[]> loaded = new LinkedHashMap<>();
        for (int i = 0; i < prompts; i++) {
            loaded.put("p" + i, RecordSerde.of(Prompt.class).encode(new Prompt("p" + i, "1+1=", "2", "d", Map.of())));
        }
        sendAll(config, Topic.PROMPTS, loaded);
        sendAll(config, Topic.BASELINES, beliefs(prompts, 0));
        sendAll(config, Topic.BASELINES, beliefs(prompts, 1, "d", "another policy"));
        sendAll(config, Topic.BASELINES, beliefs(prompts, 1, "another dataset", "default"));
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            awaitTasksOfParity(config, 0);
            sendRaw(config, Topic.BASELINES, "p0", new byte[] {1, 2, 3});
            sendAll(config, Topic.BASELINES, beliefs(prompts, 1));
            awaitTasksOfParity(config, 1);
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(read(config, Topic.ROLLOUT_TASKS, RolloutTask.class))
                .extracting(RolloutTask::getTaskId)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldUseAllPromptsAndWarnOnceThatNoFilterWritesBeliefs() throws Exception {
        Map<String, String> config = config("beliefless");
        config.put("scheduler.curriculum", "prioritised");
        createTopics(config);
        for (String prompt : List.of("p0", "p1", "p2")) {
            sendRaw(
                    config,
                    Topic.PROMPTS,
                    prompt,
                    RecordSerde.of(Prompt.class).encode(new Prompt(prompt, "1+1=", "2", "d", Map.of())));
        }
        Logger scheduling = (Logger) LoggerFactory.getLogger(Scheduler.class.getPackageName());
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        scheduling.addAppender(log);
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            Set<String> rejected = new HashSet<>();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> rejectTasks(config, rejected).size() >= 250);
        } finally {
            scheduling.detachAppender(log);
        }
        assertThat(read(config, Topic.ROLLOUT_TASKS, RolloutTask.class))
                .extracting(RolloutTask::getPromptId)
                .contains("p0", "p1", "p2");
        assertThat(log.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .singleElement()
                .asString()
                .contains("beliefless.baselines is empty")
                .contains("estimator.name to krpo");
    }

    /** Prompts of one parity are half solved, the others are solved. */
    private static Map<String, byte[]> beliefs(int prompts, int halfSolved) {
        return beliefs(prompts, halfSolved, "d", "");
    }

    private static Map<String, byte[]> beliefs(int prompts, int halfSolved, String dataset, String policy) {
        Map<String, byte[]> beliefs = new LinkedHashMap<>();
        for (int i = 0; i < prompts; i++) {
            double mean = i % 2 == halfSolved ? 0.5 : 1.0;
            KalmanState state = new KalmanState("p" + i, dataset, mean, 1e-4, 20L, 0L, 0L, 0.0, null, policy);
            beliefs.put(
                    policy + dataset + "p" + i,
                    RecordSerde.of(KalmanState.class).encode(state));
        }
        return beliefs;
    }

    /**
     * Rejects every task, like a broken worker, so that others keep being issued.
     *
     * @param rejected previously rejected tasks; newly rejected ones are added
     * @return all tasks
     */
    private static List<RolloutTask> rejectTasks(Map<String, String> config, Set<String> rejected) throws Exception {
        List<RolloutTask> tasks = read(config, Topic.ROLLOUT_TASKS, RolloutTask.class);
        Map<String, byte[]> letters = new LinkedHashMap<>();
        for (RolloutTask task : tasks) {
            if (rejected.add(task.getTaskId())) {
                letters.put(
                        task.getTaskId(), letter("rollout-worker", "x", null, task.getTaskId(), task.getGroupSize()));
            }
        }
        sendAll(config, Topic.DEAD_LETTERS, letters);
        return tasks;
    }

    private static byte[] letter(String component, String topic, byte[] value, String taskId, int samples) {
        return RecordSerde.of(DeadLetter.class)
                .encode(new DeadLetter(
                        topic,
                        0,
                        0L,
                        null,
                        value == null ? null : ByteBuffer.wrap(value),
                        "a-test",
                        "rejected by a test",
                        component,
                        0L,
                        taskId,
                        samples));
    }

    @Test
    void shouldReplaceRejectedTasksImmediately() throws Exception {
        Map<String, String> config = config("missing");
        config.put("scheduler.maxStaleness", "2");
        config.put("scheduler.taskTimeoutMs", "3600000");
        createTopics(config);
        sendRaw(
                config,
                Topic.PROMPTS,
                "p0",
                RecordSerde.of(Prompt.class).encode(new Prompt("p0", "1+1=", "2", "d", Map.of())));
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            awaitTasks(config, BATCH);
            Map<String, byte[]> letters = new LinkedHashMap<>();
            for (int i = 0; i < BATCH - 2; i++) {
                letters.put("l" + i, letter("topology", "missing.rollouts", null, "default-" + i, 1));
            }
            // Letters of an earlier release do not state whose samples are missing; their payload does.
            letters.put(
                    "rollout",
                    letter(
                            "topology",
                            "missing.rollouts",
                            RecordSerde.of(Rollout.class).encode(rollout(BATCH - 2, "p0", 0)),
                            "",
                            0));
            RolloutTask last =
                    read(config, Topic.ROLLOUT_TASKS, RolloutTask.class).get(BATCH - 1);
            letters.put(
                    "task",
                    letter(
                            "rollout-worker",
                            "missing.rollout-tasks",
                            RecordSerde.of(RolloutTask.class).encode(last),
                            "",
                            0));
            letters.put("other", letter("topology", "missing.rollouts", new byte[] {1, 2, 3}, "", 0));
            sendAll(config, Topic.DEAD_LETTERS, letters);
            sendRaw(config, Topic.DEAD_LETTERS, "undecodable", new byte[] {1, 2, 3});
            awaitTasks(config, 2 * BATCH);
            feed(config, BATCH, BATCH, 0);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 1);
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(read(config, Topic.TRAINING_STEPS, TrainingStep.class).get(0).getDropped())
                .as("so that the next start does not wait for them")
                .isEqualTo(Map.of("missing", (long) BATCH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "prioritised"})
    void shouldExcludeAPromptThatNoWorkerCanEncodeUntilItIsCorrected(String curriculum) throws Exception {
        Map<String, String> config = config("unusable-prompt-" + curriculum);
        config.put("scheduler.curriculum", curriculum);
        config.put("scheduler.taskTimeoutMs", "3600000");
        createTopics(config);
        for (String prompt : List.of("bad", "good", "fine")) {
            sendPrompt(config, prompt, "1+1=");
        }
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            Set<String> rejected = new HashSet<>();
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                List<RolloutTask> tasks = rejectTasksOfBadPrompt(config, rejected);
                assertThat(tasks).hasSizeGreaterThan(300);
                assertThat(tasks.subList(tasks.size() - 200, tasks.size()))
                        .extracting(RolloutTask::getPromptId)
                        .doesNotContain("bad")
                        .contains("good", "fine");
            });
            sendPrompt(config, "bad", "1+2=");
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                List<RolloutTask> tasks = rejectTasks(config, rejected);
                assertThat(tasks.subList(tasks.size() - 100, tasks.size()))
                        .extracting(RolloutTask::getPromptId)
                        .contains("bad", "good", "fine");
            });
            assertThat(trainer.failure()).isEmpty();
        }
    }

    private static void sendPrompt(Map<String, String> config, String id, String text) throws Exception {
        Prompt prompt = new Prompt(id, text, "2", "d", Map.of());
        sendRaw(config, Topic.PROMPTS, id, RecordSerde.of(Prompt.class).encode(prompt));
    }

    /** Acts like a worker that cannot encode the prompt and fails at every other task. */
    private static List<RolloutTask> rejectTasksOfBadPrompt(Map<String, String> config, Set<String> rejected)
            throws Exception {
        RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
        Map<String, byte[]> letters = new LinkedHashMap<>();
        for (RolloutTask task : read(config, Topic.ROLLOUT_TASKS, RolloutTask.class)) {
            if (task.getPromptId().equals("bad") && rejected.add(task.getTaskId())) {
                byte[] bytes = RecordSerde.of(RolloutTask.class).encode(task);
                DeadLetter letter = serde.decode(letter("rollout-worker", "tasks", bytes, task.getTaskId(), 1));
                letters.put(
                        task.getTaskId(),
                        serde.encode(DeadLetter.newBuilder(letter)
                                .setReason("prompt-not-encodable")
                                .build()));
            }
        }
        sendAll(config, Topic.DEAD_LETTERS, letters);
        return rejectTasks(config, rejected);
    }

    /**
     * By weight (0.06 to 0.56), one task in ten draws a solved prompt; without a curriculum, every second one would.
     */
    private static void awaitTasksOfParity(Map<String, String> config, int parity) {
        Set<String> rejected = new HashSet<>();
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            List<RolloutTask> tasks = rejectTasks(config, rejected);
            assertThat(tasks).hasSizeGreaterThan(200);
            assertThat(tasks.subList(tasks.size() - 200, tasks.size()))
                    .filteredOn(task -> Integer.parseInt(task.getPromptId().substring(1)) % 2 == parity)
                    .hasSizeBetween(150, 199);
        });
    }

    @Test
    void shouldDropFilteredSamplesAndReplaceTheirTasksImmediately() throws Exception {
        Map<String, String> config = config("filtered");
        config.put("scheduler.maxStaleness", "2");
        config.put("scheduler.taskTimeoutMs", "3600000");
        createTopics(config);
        sendRaw(
                config,
                Topic.PROMPTS,
                "p0",
                RecordSerde.of(Prompt.class).encode(new Prompt("p0", "1+1=", "2", "d", Map.of())));
        try (Trainer trainer = new Trainer(Config.of(config))) {
            trainer.start();
            awaitTasks(config, BATCH);
            feed(config, 0, BATCH, 0, "dynamic-sampling");
            awaitTasks(config, 2 * BATCH);
            feed(config, BATCH, BATCH, 0);
            awaitTasks(config, 3 * BATCH);
            feed(config, 2 * BATCH, BATCH / 2, 1);
            feed(config, 2 * BATCH + BATCH / 2, BATCH / 2, 1, "pods");
            feed(config, 3 * BATCH, BATCH / 2, 1);
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> read(config, Topic.TRAINING_STEPS, TrainingStep.class)
                                    .size()
                            == 2);
        }
        List<TrainingStep> steps = read(config, Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(steps.get(0).getDropped()).isEqualTo(Map.of("dynamic-sampling", (long) BATCH));
        assertThat(steps.get(0).getSamplesDropped()).isEqualTo(BATCH);
        assertThat(steps.get(0).getAdvantageVariance()).isEqualTo(1);
        // Samples of another partition may have filled the batch before all excluded ones were read.
        assertThat(steps.get(1).getDropped())
                .containsEntry("dynamic-sampling", (long) BATCH)
                .allSatisfy((reason, samples) -> assertThat(reason).isIn("dynamic-sampling", "pods"));
        assertTrainedOnNothingLeftOut(config, steps);
        assertChain(config, 2);
        assertReplays(config, 2);
    }

    private static void awaitTasks(Map<String, String> config, int count) {
        await().atMost(Duration.ofMinutes(1))
                .until(() ->
                        read(config, Topic.ROLLOUT_TASKS, RolloutTask.class).size() == count);
    }

    private static void assertTrainedOnNothingLeftOut(Map<String, String> config, List<TrainingStep> steps) {
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        Map<SampleRef, String> leftOut = new LinkedHashMap<>();
        CommittedRecords.read(
                new KafkaSettings(Config.of(config)),
                new TopicCatalogue(Config.of(config)).name(Topic.ADVANTAGES),
                Duration.ofSeconds(30),
                record -> leftOut.put(
                        new SampleRef(record.partition(), record.offset()),
                        serde.decode(record.value()).getLeftOut()));
        assertThat(steps)
                .flatExtracting(TrainingStep::getSamples)
                .extracting(leftOut::get)
                .containsOnly("");
    }

    private static void assertChain(Map<String, String> config, int length) {
        List<PolicyVersion> versions = read(config, Topic.POLICY_VERSIONS, PolicyVersion.class);
        List<TrainingStep> steps = read(config, Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(versions).hasSize(length + 1);
        Set<SampleRef> trained = new HashSet<>();
        for (int i = 0; i < length; i++) {
            assertThat(versions.get(i).getVersion()).isEqualTo(i);
            assertThat(steps.get(i).getVersionBefore()).isEqualTo(i);
            assertThat(steps.get(i).getVersionAfter()).isEqualTo(i + 1);
            assertThat(steps.get(i).getSamples()).hasSize(BATCH);
            for (SampleRef sample : steps.get(i).getSamples()) {
                assertThat(trained.add(sample)).as("%s is trained once", sample).isTrue();
            }
        }
        assertThat(trained).hasSize(length * BATCH);
        PolicyVersion last = versions.get(length);
        Path checkpoint = new DirectoryCheckpointStore(Path.of(config.get("policy.checkpoints")))
                .open(last.getCheckpointUri(), last.getSha256());
        try (Policy policy = Policy.load(checkpoint, Device.cpu())) {
            assertThat(policy.parameters()).isNotEmpty();
        }
    }

    private Map<String, String> config(String prefix) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("kafka.bootstrap.servers", broker.bootstrapServers());
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "2");
        config.put("policy.checkpoints", directory.resolve("checkpoints").toString());
        try (Policy policy = TrainerFixtures.policy(1)) {
            config.put(
                    "policy.baseModel",
                    TrainerFixtures.write(directory, policy.snapshot()).toString());
        }
        config.put("policy.device", "cpu");
        config.put("trainer.batchSize", Integer.toString(BATCH));
        config.put("scheduler.maxStaleness", "10");
        return config;
    }

    private static void createTopics(Map<String, String> config) {
        try (Admin admin = BrokerConnection.await(new KafkaSettings(Config.of(config)))) {
            new TopicCatalogue(Config.of(config)).create(admin);
        }
    }

    private static void feed(Map<String, String> config, int first, int count, long version) throws Exception {
        feed(config, first, count, version, "");
    }

    private static void feed(Map<String, String> config, int first, int count, long version, String leftOut)
            throws Exception {
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        for (int i = first; i < first + count; i++) {
            String prompt = "p" + i % 5;
            Rollout rollout = rollout(i, prompt, version);
            sendRaw(
                    config,
                    Topic.ADVANTAGES,
                    prompt,
                    serde.encode(new AdvantageSample(
                            rollout, i % 2 == 0 ? 1.0 : -1.0, 0.5, 0.25, "krpo", 0, 0L, 0L, leftOut)));
        }
    }

    private static Rollout rollout(int i, String prompt, long version) {
        return new Rollout(
                "default-" + i + "/0",
                "default-" + i,
                "default-" + i,
                1,
                0,
                prompt,
                "d",
                "default",
                PrimitiveArrays.of(4, 13, 5, 17),
                PrimitiveArrays.of(3 + i % 10, 2),
                PrimitiveArrays.of(-2f, -0.7f),
                List.of(new TokenRun(version, 2)),
                "x",
                (double) (i % 2),
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 4, (long) i),
                "w",
                0L,
                1L,
                2L,
                List.of());
    }

    private static void sendSample(
            Map<String, String> config, int i, double advantage, Consumer<Rollout.Builder> change) throws Exception {
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        Rollout.Builder rollout = Rollout.newBuilder(rollout(i, "p0", 0));
        change.accept(rollout);
        sendRaw(
                config,
                Topic.ADVANTAGES,
                "p0",
                serde.encode(new AdvantageSample(rollout.build(), advantage, 0.5, 0.25, "krpo", 0, 0L, 0L, "")));
    }

    private static void sendRaw(Map<String, String> config, Topic topic, String key, byte[] value) throws Exception {
        sendAll(config, topic, Map.of(key, value));
    }

    private static void sendAll(Map<String, String> config, Topic topic, Map<String, byte[]> values) throws Exception {
        String name = new TopicCatalogue(Config.of(config)).name(topic);
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                new KafkaSettings(Config.of(config)).client(Map.of()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            values.forEach((key, value) -> sent.add(producer.send(new ProducerRecord<>(name, key, value))));
            for (Future<RecordMetadata> future : sent) {
                future.get();
            }
        }
    }

    private static <T extends SpecificRecordBase> List<T> read(Map<String, String> config, Topic topic, Class<T> type) {
        TopicCatalogue catalogue = new TopicCatalogue(Config.of(config));
        RecordSerde<T> serde = RecordSerde.of(type);
        List<T> values = new ArrayList<>();
        CommittedRecords.read(
                new KafkaSettings(Config.of(config)),
                catalogue.name(topic),
                Duration.ofSeconds(30),
                record -> values.add(serde.decode(record.value())));
        return values;
    }

    private Process startProcess(Map<String, String> config) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                TrainerProcess.class.getName()));
        config.forEach((name, value) -> command.add(name + "=" + value));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(new File(directory.toFile(), "trainer.log"))
                .start();
    }
}
