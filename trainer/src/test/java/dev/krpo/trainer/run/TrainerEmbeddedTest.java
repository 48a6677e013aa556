package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.testkit.EmbeddedRun;
import dev.krpo.testkit.TestBroker;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(value = 240, unit = TimeUnit.SECONDS)
class TrainerEmbeddedTest {

    private static final int BATCH = TrainerRun.BATCH;

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldPublishOneVersionForEachBatchWithItsExactSamples() throws Exception {
        TrainerRun run = run("chain");
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            run.feed(0, 3 * BATCH, 0);
            run.awaitSteps(3);
        }
        assertChain(run, 3);
    }

    @Test
    void shouldDropAndCountStaleSamplesAndRejectInvalidOnes() throws Exception {
        TrainerRun run = run("stale");
        run.set("scheduler.maxStaleness", "1");
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            run.feed(0, 3 * BATCH, 0);
            run.awaitSteps(2);
            run.send(Topic.ADVANTAGES, "p0", new byte[] {1, 2, 3});
            run.feed(100, BATCH, 2);
            run.awaitSteps(3);
        }
        List<TrainingStep> steps = run.steps();
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
        assertThat(run.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactly("not-single-object");
    }

    @Test
    void shouldTrainTheOthersWhenTheModelCannotUseSomeSamples() throws Exception {
        TrainerRun run = run("unusable");
        run.feed(0, 2, 0);
        run.sample(100, 1e25, rollout -> {});
        run.sample(101, 1, rollout -> rollout.setCompletionTokens(PrimitiveArrays.of(3, 1_000)));
        run.sample(102, 1, rollout -> rollout.setPromptTokens(PrimitiveArrays.of(new int[100])));
        run.sample(103, 1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-9_999f, -0.7f)));
        run.sample(104, -1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-60f, -0.7f)));
        run.sample(105, 1, rollout -> rollout.setSampling(new SamplingParameters(1e-50, 1.0, 4, 0L)));
        run.sample(106, 1, rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.9, 4, 0L)));
        run.feed(2, BATCH - 2, 0);
        run.set("trainer.maxSteps", "1");
        run.train();

        assertChain(run, 1);
        assertThat(run.steps().get(0).getDropped()).containsOnlyKeys("refused");
        assertThat(run.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .extracting(DeadLetter::getReason)
                .containsExactlyInAnyOrder(
                        "advantage-too-large",
                        "token-outside-vocabulary",
                        "too-long-for-model",
                        "log-prob-implausible",
                        "log-prob-implausible",
                        "sampling-out-of-range",
                        "nucleus-mass-missing");
        assertReplays(run, 1);
    }

    @Test
    void shouldNotStartWithTasksThatNoWorkerCanComplete() {
        TrainerRun run = run("too-long");
        run.set("scheduler.maxNewTokens", "32");
        try (Trainer trainer = new Trainer(run.config())) {
            assertThatThrownBy(trainer::start)
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("scheduler.maxNewTokens")
                    .hasMessageContaining("32 positions");
        }
        assertThat(run.read(Topic.POLICY_VERSIONS, PolicyVersion.class)).isEmpty();
    }

    /** The ratio is unbounded here, so that one sample overflows. */
    @Test
    void shouldTrainAndReplayTheRestOfABatchWhenOneSampleOverflows() throws Exception {
        TrainerRun run = run("overflow");
        run.set(Map.of(
                "rollouts.minLogProb", "-1000",
                "trainer.maxLogRatio", "Infinity",
                "trainer.clipC", "Infinity",
                "trainer.maxSteps", "2"));
        run.feed(0, 3, 0);
        run.sample(100, -1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-500f, -0.7f)));
        run.feed(3, BATCH - 4, 0);
        run.feed(BATCH, BATCH, 0);
        run.train();

        List<TrainingStep> steps = run.steps();
        assertThat(steps).extracting(step -> step.getSamples().size()).containsExactlyInAnyOrder(BATCH - 1, BATCH);
        assertThat(steps.get(1).getDropped()).isEqualTo(Map.of("refused", 1L));
        assertThat(steps.get(1).getSamplesTrained()).isEqualTo(2 * BATCH - 1);
        assertThat(run.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .singleElement()
                .satisfies(letter -> {
                    assertThat(letter.getReason()).isEqualTo("gradient-not-finite");
                    assertThat(letter.getDetail()).contains("rollout default-100/0");
                });
        assertReplays(run, 2);
    }

    @Test
    void shouldNotRetrainAResentRolloutEvenAfterARestart() throws Exception {
        TrainerRun run = run("repeated");
        run.feed(0, BATCH, 0);
        run.set("trainer.maxSteps", "1");
        run.train();
        run.feed(0, BATCH, 0);
        run.feed(BATCH, BATCH, 0);
        run.set("trainer.maxSteps", "2");
        run.train();

        List<TrainingStep> steps = run.steps();
        assertThat(steps.get(1).getDropped()).isEqualTo(Map.of("repeated", (long) BATCH));
        Map<SampleRef, AdvantageSample> samples = samples(run);
        assertThat(steps)
                .flatExtracting(TrainingStep::getSamples)
                .extracting(ref -> samples.get(ref).getRollout().getRolloutId())
                .hasSize(2 * BATCH)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldResumeAfterAKillWithoutLosingOrRepeatingASample() throws Exception {
        TrainerRun run = run("kill");
        run.feed(0, 40 * BATCH, 0);
        run.set("scheduler.maxStaleness", "1000");
        Process process = startProcess(run.settings());
        try {
            run.awaitSteps(3);
        } finally {
            process.destroyForcibly().waitFor();
        }
        int beforeRestart = run.steps().size();

        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            run.awaitSteps(40);
        }

        assertThat(beforeRestart).as("killed midway").isLessThan(40);
        assertChain(run, 40);
        assertReplays(run, 40);
    }

    @Test
    void shouldReplayARunWhoseSettingsChangedAndLocateTheFirstDifference() throws Exception {
        TrainerRun run = run("replay");
        run.set("scheduler.maxStaleness", "1000");
        run.set("trainer.maxSteps", "3");
        run.feed(0, 6 * BATCH, 0);
        run.train();
        run.set(Map.of(
                "trainer.maxSteps", "6",
                "trainer.learningRate", "1e-3",
                "trainer.policyLoss", "gspo",
                "trainer.aggregation", "constant",
                "trainer.klCoefficient", "0.1",
                "trainer.klEstimator", "direct",
                "trainer.entropyCoefficient", "0.01",
                "trainer.advantageNormalization", "token-mean-std"));
        run.train();

        assertReplays(run, 6);
        Replay.Outcome part = new Replay(run.config()).run(4, Optional.of(5L), (version, last) -> {});
        assertThat(part.difference()).isEmpty();

        // A checkpoint with different weights under a valid name: the log reveals it.
        PolicyVersion third =
                run.read(Topic.POLICY_VERSIONS, PolicyVersion.class).get(3);
        tamper(run, third);
        Replay.Outcome tampered = new Replay(run.config()).run(0, Optional.of(5L), (version, last) -> {});
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
        TrainerRun run = run("replay-utf8");
        run.set("scheduler.maxStaleness", "1000");
        run.set("trainer.maxSteps", "2");
        run.feed(0, 2 * BATCH, 0);
        run.train();
        EmbeddedRun earlier = sameSettings(run, "replay-utf8-earlier");
        copy(run, earlier, Topic.POLICY_VERSIONS, bytes -> bytes);
        copy(run, earlier, Topic.TRAINING_STEPS, bytes -> bytes);
        copy(run, earlier, Topic.ADVANTAGES, TrainerEmbeddedTest::withMalformedText);
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        assertThat(earlier.records(Topic.ADVANTAGES)).hasSize(2 * BATCH).allSatisfy(record -> assertThatThrownBy(
                        () -> serde.decode(record.value()))
                .hasMessageContaining("not UTF-8"));

        assertReplays(earlier, 2);

        earlier.announce("default", Long.MAX_VALUE, "nowhere");
        earlier.flush();
        Replay.Outcome beforeForged = new Replay(earlier.config()).run(0, Optional.empty(), (version, last) -> {});
        assertThat(beforeForged.reached()).isEqualTo(2);
    }

    @Test
    void shouldNameTheJarOfALaterStepBeforeTheFirstOneIsReplayed() throws Exception {
        TrainerRun run = run("replay-jar");
        run.set("scheduler.maxStaleness", "1000");
        run.set("trainer.maxSteps", "2");
        run.feed(0, 2 * BATCH, 0);
        run.train();
        EmbeddedRun extended = sameSettings(run, "replay-jar-extended");
        copy(run, extended, Topic.POLICY_VERSIONS, bytes -> bytes);
        copy(run, extended, Topic.TRAINING_STEPS, TrainerEmbeddedTest::withALossOfAJarInTheSecondStep);
        copy(run, extended, Topic.ADVANTAGES, bytes -> bytes);
        List<Long> replayed = new ArrayList<>();

        assertThatThrownBy(() -> new Replay(extended.config())
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

    private static EmbeddedRun sameSettings(EmbeddedRun run, String prefix) {
        Map<String, String> settings = run.settings();
        settings.remove("topics.prefix");
        return BROKER.run(prefix).set(settings).createTopics();
    }

    /** Copies the topic; each record keeps its partition and offset. */
    private static void copy(EmbeddedRun from, EmbeddedRun to, Topic topic, UnaryOperator<byte[]> change) {
        try (KafkaProducer<byte[], byte[]> producer = to.cluster().producer(Map.of())) {
            from.records(topic).forEach(record -> {
                var unused = producer.send(new ProducerRecord<>(
                        to.name(topic), record.partition(), record.key(), change.apply(record.value())));
            });
        }
    }

    /** The text of {@link TrainerRun#rollout} is "x", and no other byte pair looks like it. */
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
        TrainerRun run = run("replay-missing");
        assertThatThrownBy(() -> replay(run, 0, 1)).hasMessageContaining("no version of policy 'default'");

        run.set("trainer.maxSteps", "2");
        run.feed(0, 2 * BATCH, 0);
        run.train();
        assertThatThrownBy(() -> replay(run, 0, 3))
                .hasMessageContaining("version 3")
                .hasMessageContaining("0 to 2");
        assertThat(ReplayRange.of(run.config())).isEqualTo(new ReplayRange(2, 1, List.of(0L, 1L, 2L)));
        assertThat(ReplayRange.of(run.config()).from()).hasValue(0L);
        run.delete(Topic.ADVANTAGES, 0, 3);
        assertThat(ReplayRange.of(run.config())).satisfies(range -> {
            assertThat(range.firstWhole()).isGreaterThan(1);
            assertThat(range.from()).isNotEqualTo(Optional.of(0L));
        });
        assertThatThrownBy(() -> replay(run, 0, 2))
                .isInstanceOf(ReplayException.class)
                .hasMessageContaining("some samples have been deleted")
                .hasMessageContaining("begins at offset");
    }

    @Test
    void shouldRejectASecondTrainerOfThePolicyWhileTheFirstOneContinues() throws Exception {
        TrainerRun run = run("second");
        try (Trainer first = new Trainer(run.config());
                Trainer second = new Trainer(run.config())) {
            first.start();
            assertThatThrownBy(second::start)
                    .hasMessageContaining("another trainer of policy 'default' is running (client ")
                    .hasMessageContaining("policy.name");
            second.close();

            run.feed(0, BATCH, 0);
            run.awaitSteps(1);
            assertThat(first.failure()).isEmpty();
        }
    }

    @Test
    void shouldFenceATrainerThatWasPausedWhenItsSuccessorHasStarted() throws Exception {
        TrainerRun run = run("zombie");
        run.set("scheduler.maxStaleness", "1000");
        run.set("trainer.keepCheckpoints", "100");
        run.feed(0, 30 * BATCH, 0);
        // Its learning rate differs, and so would the weights that it announced.
        Process zombie = startProcess(run.settings("trainer.learningRate", "1e-3"));
        try {
            run.awaitSteps(2);
            signal("STOP", zombie);
            try (Trainer successor = new Trainer(run.config())) {
                successor.start();
                run.awaitSteps(30);
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
        assertChain(run, 30);
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(directory.resolve("checkpoints"));
        assertThat(run.read(Topic.POLICY_VERSIONS, PolicyVersion.class))
                .allSatisfy(version -> assertThat(store.open(version.getCheckpointUri(), version.getSha256()))
                        .isDirectory());
        assertReplays(run, 30);
    }

    @ParameterizedTest
    @EnumSource(CrashingIo.Point.class)
    void shouldResumeAfterACrashAtAnyPointOfPublishing(CrashingIo.Point point) throws Exception {
        TrainerRun run = run("crash-" + point);
        run.set("scheduler.maxStaleness", "1000");
        run.feed(0, 8 * BATCH, 0);
        run.set("trainer.checkpointTimeoutMs", "0");
        Process process = startProcess(run.settings(TrainerProcess.CRASH_POINT, point.name()));
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        boolean full = point == CrashingIo.Point.DISK_FULL;
        assertThat(process.exitValue()).isEqualTo(full ? TrainerProcess.FAILED : CrashingIo.CRASHED);
        assertThat(run.steps())
                .as("committed before the crash")
                .hasSize(point == CrashingIo.Point.AFTER_TRANSACTION ? 4 : 3);

        run.set("trainer.maxSteps", "8");
        run.train();
        assertChain(run, 8);
        assertReplays(run, 8);
    }

    @Test
    void shouldResumeTheSameChainOnceAFullDiskHasSpaceAgain() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("disk"), 8 << 20)) {
            TrainerRun run = run("full-disk");
            run.set("policy.checkpoints", disk.root().resolve("checkpoints"));
            run.set("scheduler.maxStaleness", "1000");
            run.set("trainer.maxSteps", "3");
            run.set("trainer.checkpointTimeoutMs", "2000");
            run.feed(0, 8 * BATCH, 0);
            run.train();
            List<PolicyVersion> announced = run.read(Topic.POLICY_VERSIONS, PolicyVersion.class);
            List<Path> files = tree(disk.root());

            disk.fill(announced.get(3).getSizeBytes() / 2);
            run.set("trainer.maxSteps", "8");
            Process process = startProcess(run.settings());
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(TrainerProcess.FAILED);
            assertThat(Files.readString(directory.resolve("trainer.log")))
                    .containsPattern(
                            "Checkpoint " + disk.root().resolve("checkpoints") + "/v00000004-\\w{8} cannot be written")
                    .contains("Retrying for 1 more seconds (trainer.checkpointTimeoutMs)")
                    .contains("No space left on device")
                    .contains("bytes are free there. Free some space");
            assertThat(run.read(Topic.POLICY_VERSIONS, PolicyVersion.class)).isEqualTo(announced);
            assertThat(run.steps()).hasSize(3);
            disk.free();
            assertThat(tree(disk.root())).isEqualTo(files);

            run.train();
            assertChain(run, 8);
            assertReplays(run, 8);
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

    private static Replay.Outcome replay(TrainerRun run, long from, long to) {
        return new Replay(run.config()).run(from, Optional.of(to), (version, last) -> {});
    }

    private static void assertReplays(EmbeddedRun run, long versions) {
        List<Long> replayed = new ArrayList<>();
        Replay.Outcome outcome =
                new Replay(run.config()).run(0, Optional.empty(), (version, last) -> replayed.add(version));
        assertThat(outcome.difference()).isEmpty();
        assertThat(outcome.reached()).isEqualTo(versions);
        assertThat(replayed).hasSize((int) versions);
        assertThat(outcome.sha256())
                .isEqualTo(run.read(Topic.POLICY_VERSIONS, PolicyVersion.class)
                        .get((int) versions)
                        .getSha256());
    }

    /** Announces the version again with one weight changed in its checkpoint. */
    private static void tamper(TrainerRun run, PolicyVersion version) throws Exception {
        DirectoryCheckpointStore store =
                new DirectoryCheckpointStore(Path.of(run.settings().get("policy.checkpoints")));
        CheckpointContents contents =
                CheckpointContents.read(store.open(version.getCheckpointUri(), version.getSha256()));
        contents.weights().get("model.norm.weight").values()[0] += 1;
        CheckpointRef ref = store.write("tampered", contents);
        PolicyVersion tampered = PolicyVersion.newBuilder(version)
                .setSha256(ref.sha256())
                .setCheckpointUri(ref.uri())
                .build();
        run.send(Topic.POLICY_VERSIONS, "default", tampered);
        run.flush();
    }

    @Test
    void shouldIssueNoMoreTasksThanTheBoundAndNeverReuseAnId() throws Exception {
        TrainerRun run = run("tasks");
        run.set("scheduler.maxStaleness", "4");
        run.set("scheduler.taskTimeoutMs", "3600000");
        run.prompt("p0", "1+1=", "2");
        run.prompt("p1", "1+2=", "3");
        for (int restart = 0; restart < 2; restart++) {
            try (Trainer trainer = run.start(new Trainer(run.config()))) {
                run.awaitCount(Topic.ROLLOUT_TASKS, 2 * BATCH);
            }
        }
        List<RolloutTask> tasks = run.tasks();
        assertThat(tasks).hasSize(2 * BATCH);
        assertThat(tasks).extracting(RolloutTask::getTaskId).doesNotHaveDuplicates();
    }

    @Test
    void shouldPreferHalfSolvedPromptsAndFollowChangesOfTheirBeliefs() throws Exception {
        TrainerRun run = run("curriculum");
        run.set("scheduler.curriculum", "prioritised");
        // One batch of 32 in flight, so that most half-solved prompts are free.
        run.set("scheduler.maxStaleness", "1");
        run.set("trainer.batchSize", "32");
        int prompts = 400;
        Map<String, byte[]> loaded = new LinkedHashMap<>();
        for (int i = 0; i < prompts; i++) {
            loaded.put("p" + i, RecordSerde.of(Prompt.class).encode(new Prompt("p" + i, "1+1=", "2", "d", Map.of())));
        }
        run.sendAll(Topic.PROMPTS, loaded);
        run.sendAll(Topic.BASELINES, beliefs(prompts, 0));
        run.sendAll(Topic.BASELINES, beliefs(prompts, 1, "d", "another policy"));
        run.sendAll(Topic.BASELINES, beliefs(prompts, 1, "another dataset", "default"));
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            awaitTasksOfParity(run, 0);
            run.send(Topic.BASELINES, "p0", new byte[] {1, 2, 3});
            run.sendAll(Topic.BASELINES, beliefs(prompts, 1));
            awaitTasksOfParity(run, 1);
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(run.tasks()).extracting(RolloutTask::getTaskId).doesNotHaveDuplicates();
    }

    @Test
    void shouldUseAllPromptsAndWarnOnceThatNoFilterWritesBeliefs() throws Exception {
        TrainerRun run = run("beliefless");
        run.set("scheduler.curriculum", "prioritised");
        for (String prompt : List.of("p0", "p1", "p2")) {
            run.prompt(prompt, "1+1=", "2");
        }
        Logger scheduling = (Logger) LoggerFactory.getLogger(Scheduler.class.getPackageName());
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        scheduling.addAppender(log);
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            Set<String> rejected = new HashSet<>();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> rejectTasks(run, rejected).size() >= 250);
        } finally {
            scheduling.detachAppender(log);
        }
        assertThat(run.tasks()).extracting(RolloutTask::getPromptId).contains("p0", "p1", "p2");
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
    private static List<RolloutTask> rejectTasks(TrainerRun run, Set<String> rejected) throws Exception {
        List<RolloutTask> tasks = run.tasks();
        Map<String, byte[]> letters = new LinkedHashMap<>();
        for (RolloutTask task : tasks) {
            if (rejected.add(task.getTaskId())) {
                letters.put(
                        task.getTaskId(), letter("rollout-worker", "x", null, task.getTaskId(), task.getGroupSize()));
            }
        }
        run.sendAll(Topic.DEAD_LETTERS, letters);
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
        TrainerRun run = run("missing");
        run.set("scheduler.maxStaleness", "2");
        run.set("scheduler.taskTimeoutMs", "3600000");
        run.prompt("p0", "1+1=", "2");
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            run.awaitCount(Topic.ROLLOUT_TASKS, BATCH);
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
                            RecordSerde.of(Rollout.class).encode(TrainerRun.rollout(BATCH - 2, "p0", 0)),
                            "",
                            0));
            RolloutTask last = run.tasks().get(BATCH - 1);
            letters.put(
                    "task",
                    letter(
                            "rollout-worker",
                            "missing.rollout-tasks",
                            RecordSerde.of(RolloutTask.class).encode(last),
                            "",
                            0));
            letters.put("other", letter("topology", "missing.rollouts", new byte[] {1, 2, 3}, "", 0));
            run.sendAll(Topic.DEAD_LETTERS, letters);
            run.send(Topic.DEAD_LETTERS, "undecodable", new byte[] {1, 2, 3});
            run.awaitCount(Topic.ROLLOUT_TASKS, 2 * BATCH);
            run.feed(BATCH, BATCH, 0);
            run.awaitSteps(1);
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(run.steps().get(0).getDropped())
                .as("so that the next start does not wait for them")
                .isEqualTo(Map.of("missing", (long) BATCH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "prioritised"})
    void shouldExcludeAPromptThatNoWorkerCanEncodeUntilItIsCorrected(String curriculum) throws Exception {
        TrainerRun run = run("unusable-prompt-" + curriculum);
        run.set("scheduler.curriculum", curriculum);
        run.set("scheduler.taskTimeoutMs", "3600000");
        for (String prompt : List.of("bad", "good", "fine")) {
            run.prompt(prompt, "1+1=", "2");
        }
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            Set<String> rejected = new HashSet<>();
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                List<RolloutTask> tasks = rejectTasksOfBadPrompt(run, rejected);
                assertThat(tasks).hasSizeGreaterThan(300);
                assertThat(tasks.subList(tasks.size() - 200, tasks.size()))
                        .extracting(RolloutTask::getPromptId)
                        .doesNotContain("bad")
                        .contains("good", "fine");
            });
            run.prompt("bad", "1+2=", "2");
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                List<RolloutTask> tasks = rejectTasks(run, rejected);
                assertThat(tasks.subList(tasks.size() - 100, tasks.size()))
                        .extracting(RolloutTask::getPromptId)
                        .contains("bad", "good", "fine");
            });
            assertThat(trainer.failure()).isEmpty();
        }
    }

    /** Acts like a worker that cannot encode the prompt and fails at every other task. */
    private static List<RolloutTask> rejectTasksOfBadPrompt(TrainerRun run, Set<String> rejected) throws Exception {
        RecordSerde<DeadLetter> serde = RecordSerde.of(DeadLetter.class);
        Map<String, byte[]> letters = new LinkedHashMap<>();
        for (RolloutTask task : run.tasks()) {
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
        run.sendAll(Topic.DEAD_LETTERS, letters);
        return rejectTasks(run, rejected);
    }

    /**
     * By weight (0.06 to 0.56), one task in ten draws a solved prompt; without a curriculum, every second one would.
     */
    private static void awaitTasksOfParity(TrainerRun run, int parity) {
        Set<String> rejected = new HashSet<>();
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
            List<RolloutTask> tasks = rejectTasks(run, rejected);
            assertThat(tasks).hasSizeGreaterThan(200);
            assertThat(tasks.subList(tasks.size() - 200, tasks.size()))
                    .filteredOn(task -> Integer.parseInt(task.getPromptId().substring(1)) % 2 == parity)
                    .hasSizeBetween(150, 199);
        });
    }

    @Test
    void shouldDropFilteredSamplesAndReplaceTheirTasksImmediately() throws Exception {
        TrainerRun run = run("filtered");
        run.set("scheduler.maxStaleness", "2");
        run.set("scheduler.taskTimeoutMs", "3600000");
        run.prompt("p0", "1+1=", "2");
        try (Trainer trainer = run.start(new Trainer(run.config()))) {
            run.awaitCount(Topic.ROLLOUT_TASKS, BATCH);
            run.feed(0, BATCH, 0, "dynamic-sampling");
            run.awaitCount(Topic.ROLLOUT_TASKS, 2 * BATCH);
            run.feed(BATCH, BATCH, 0);
            run.awaitCount(Topic.ROLLOUT_TASKS, 3 * BATCH);
            run.feed(2 * BATCH, BATCH / 2, 1);
            run.feed(2 * BATCH + BATCH / 2, BATCH / 2, 1, "pods");
            run.feed(3 * BATCH, BATCH / 2, 1);
            run.awaitSteps(2);
        }
        List<TrainingStep> steps = run.steps();
        assertThat(steps.get(0).getDropped()).isEqualTo(Map.of("dynamic-sampling", (long) BATCH));
        assertThat(steps.get(0).getSamplesDropped()).isEqualTo(BATCH);
        assertThat(steps.get(0).getAdvantageVariance()).isEqualTo(1);
        // Samples of another partition may have filled the batch before all excluded ones were read.
        assertThat(steps.get(1).getDropped())
                .containsEntry("dynamic-sampling", (long) BATCH)
                .allSatisfy((reason, samples) -> assertThat(reason).isIn("dynamic-sampling", "pods"));
        assertTrainedOnNothingLeftOut(run, steps);
        assertChain(run, 2);
        assertReplays(run, 2);
    }

    private static void assertTrainedOnNothingLeftOut(TrainerRun run, List<TrainingStep> steps) {
        Map<SampleRef, AdvantageSample> samples = samples(run);
        assertThat(steps)
                .flatExtracting(TrainingStep::getSamples)
                .extracting(ref -> samples.get(ref).getLeftOut())
                .containsOnly("");
    }

    private static Map<SampleRef, AdvantageSample> samples(TrainerRun run) {
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        Map<SampleRef, AdvantageSample> samples = new HashMap<>();
        run.records(Topic.ADVANTAGES)
                .forEach(record ->
                        samples.put(new SampleRef(record.partition(), record.offset()), serde.decode(record.value())));
        return samples;
    }

    private static void assertChain(TrainerRun run, int length) {
        List<PolicyVersion> versions = run.read(Topic.POLICY_VERSIONS, PolicyVersion.class);
        List<TrainingStep> steps = run.steps();
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
        Path checkpoint = new DirectoryCheckpointStore(Path.of(run.settings().get("policy.checkpoints")))
                .open(last.getCheckpointUri(), last.getSha256());
        try (Policy policy = Policy.load(checkpoint, Device.cpu())) {
            assertThat(policy.parameters()).isNotEmpty();
        }
    }

    private TrainerRun run(String prefix) {
        TrainerRun run = BROKER.closing(new TrainerRun(BROKER.bootstrapServers(), prefix, directory));
        run.set("scheduler.maxStaleness", 10);
        return run;
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
