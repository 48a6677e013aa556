package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.testkit.TestBroker;
import dev.krpo.trainer.publish.TrainerIo;
import dev.krpo.trainer.publish.VersionPublisher;
import dev.krpo.trainer.replay.Replay;
import dev.krpo.trainer.settings.TrainerSettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** How a trainer starts, restarts and stops, on a real broker. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class TrainerStartEmbeddedTest {

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    private final List<Runnable> stopListening = new ArrayList<>();
    private TrainerRun log;

    @BeforeEach
    void createTopics() {
        log = BROKER.closing(new TrainerRun(BROKER.bootstrapServers(), BROKER.test(), directory));
    }

    @AfterEach
    void stopListening() {
        stopListening.forEach(Runnable::run);
    }

    @Test
    void shouldNotStartOverWhenTheLogOfARunWasLost() throws Exception {
        log.samples(0, 3);
        log.train(3);
        List<String> checkpoints = store().names();
        for (Topic topic : List.of(Topic.POLICY_VERSIONS, Topic.TRAINING_STEPS, Topic.ROLLOUT_TASKS)) {
            log.deleteAll(topic);
        }

        assertThatThrownBy(() -> log.train(6))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds checkpoints up to v00000003-")
                .hasMessageContaining("Version 0 was not published")
                .hasMessageContaining("Set another policy.checkpoints");
        assertThat(log.read(Topic.POLICY_VERSIONS, PolicyVersion.class)).isEmpty();
        assertThat(store().names()).isEqualTo(checkpoints);
    }

    @Test
    void shouldDeleteNoAnnouncedCheckpointWhenTheLogWasTruncated() throws Exception {
        log.samples(0, 5);
        log.train(5);
        List<String> checkpoints = store().names();
        List<PolicyVersion> versions = log.read(Topic.POLICY_VERSIONS, PolicyVersion.class);
        List<TrainingStep> steps = log.read(Topic.TRAINING_STEPS, TrainingStep.class);
        log.deleteAll(Topic.POLICY_VERSIONS);
        log.deleteAll(Topic.TRAINING_STEPS);
        versions.subList(0, 3).forEach(version -> log.send(Topic.POLICY_VERSIONS, "default", version));
        steps.subList(0, 2).forEach(step -> log.send(Topic.TRAINING_STEPS, "default", step));
        log.flush();

        assertThatThrownBy(() -> log.train(3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("holds checkpoints up to v00000005-")
                .hasMessageContaining("contain policy 'default' up to version 2 only")
                .hasMessageContaining("Nothing was published or deleted")
                .hasMessageContaining("move the checkpoints after version 2 to another directory");
        assertThat(store().names()).isEqualTo(checkpoints);
        assertThat(steps()).isEqualTo(2);
    }

    @Test
    void shouldResumeAnIdleRunWhoseTasksAndSamplesAreGone() throws Exception {
        log.send(Topic.PROMPTS, "p0", new Prompt("p0", "1+1=", "2", "d", Map.of()));
        log.samples(0, 2);
        try (Trainer trainer = new Trainer(log.config())) {
            trainer.start();
            await().atMost(Duration.ofMinutes(1))
                    .until(() ->
                            !log.read(Topic.ROLLOUT_TASKS, RolloutTask.class).isEmpty() && steps() == 2);
            log.samples(2 * TrainerRun.BATCH, 1);
            await().atMost(Duration.ofMinutes(1)).until(() -> steps() == 3);
        }
        long issued = log.read(Topic.ROLLOUT_TASKS, RolloutTask.class).stream()
                .mapToLong(RolloutTask::getSequence)
                .max()
                .orElseThrow();
        List<TrainingStep> steps = log.read(Topic.TRAINING_STEPS, TrainingStep.class);
        assertThat(steps.get(2).getNextTaskSequence()).isPositive().isLessThanOrEqualTo(issued + 1);
        log.deleteAll(Topic.ROLLOUT_TASKS);
        log.deleteAll(Topic.ADVANTAGES);

        log.samples(3 * TrainerRun.BATCH, 1);
        log.train(4);

        assertThat(log.read(Topic.POLICY_VERSIONS, PolicyVersion.class))
                .extracting(PolicyVersion::getVersion)
                .containsExactly(0L, 1L, 2L, 3L, 4L);
        assertThat(log.read(Topic.ROLLOUT_TASKS, RolloutTask.class))
                .extracting(RolloutTask::getSequence)
                .allMatch(sequence -> sequence > issued);
        assertThat(log.read(Topic.TRAINING_STEPS, TrainingStep.class).get(3).getNextTaskSequence())
                .isGreaterThan(issued);
    }

    @Test
    void shouldResumeFromTheLastStepAlthoughAnOldVersionWasReannounced() throws Exception {
        log.samples(0, 6);
        log.train(4);
        List<PolicyVersion> announced = log.read(Topic.POLICY_VERSIONS, PolicyVersion.class);
        log.send(Topic.POLICY_VERSIONS, "default", announced.get(2));
        log.flush();
        log.train(6);

        Replay.Outcome replayed = new Replay(log.config()).run(0, Optional.empty(), (version, last) -> {});
        assertThat(replayed.difference()).isEmpty();
        assertThat(replayed.reached()).isEqualTo(6);
    }

    @Test
    void shouldRejectAPrefixThatHoldsAnotherPolicy() {
        log.announce("first", 0, "v0");
        log.flush();

        assertThatThrownBy(() -> log.train(1))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("policy.name is 'default'; ")
                .hasMessageContaining(BROKER.test() + ".policy-versions belongs to policy 'first'")
                .hasMessageContaining("another topics.prefix");
    }

    @Test
    void shouldRejectTheCheckpointsOfARunWithAnotherPrefix() throws Exception {
        try (Trainer first = new Trainer(log.config());
                TrainerRun other = new TrainerRun(BROKER.bootstrapServers(), BROKER.test() + "-2", directory);
                Trainer second = new Trainer(other.config())) {
            first.start();
            assertThatThrownBy(second::start)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("belongs to policy 'default' of topics.prefix '" + BROKER.test() + "'")
                    .hasMessageContaining("this is policy 'default' of topics.prefix '" + BROKER.test() + "-2'");
            assertThat(other.read(Topic.POLICY_VERSIONS, PolicyVersion.class)).isEmpty();
        }
        assertThat(store().names()).singleElement().asString().startsWith("v00000000-");
    }

    @Test
    void shouldReportAMissingOptimizerStateInsteadOfUsingAFreshOne() throws Exception {
        log.samples(0, 3);
        log.train(2);
        Path checkpoint = log.checkpoints().resolve(last().getCheckpointUri());
        Files.writeString(checkpoint.resolve("krpo.json"), "{\"metadata\": {}}");
        Path unannounced = Files.createDirectory(log.checkpoints().resolve("v00000003-0badf00d"));

        assertThatThrownBy(() -> log.train(3))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("version 2 of policy 'default' cannot be resumed from checkpoint v00000002-")
                .hasMessageContaining("the optimizer state is missing")
                .hasMessageContaining("set policy.baseModel to a complete checkpoint");
        Files.delete(checkpoint.resolve("model.safetensors"));
        assertThatThrownBy(() -> log.train(3))
                .hasMessageContaining("model.safetensors is missing")
                .hasMessageContaining("Restore that checkpoint");
        assertThat(unannounced).exists();
    }

    @Test
    void shouldWaitForAnUnavailableCheckpointDirectoryAndLogTheReason() throws Exception {
        ListAppender<ILoggingEvent> logged = listenTo(VersionPublisher.class);
        try (Trainer trainer = new Trainer(log.config())) {
            trainer.start();
            Path away = Files.move(log.checkpoints(), directory.resolve("away"));
            log.samples(0, 3);
            await().atMost(Duration.ofMinutes(1)).until(() -> !logged.list.isEmpty());
            assertThat(log.checkpoints()).doesNotExist();
            assertThat(trainer.failure()).isEmpty();

            Files.move(away, log.checkpoints());
            await().atMost(Duration.ofMinutes(1)).until(() -> steps() == 3);
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(logged.list.get(0).getFormattedMessage())
                .contains("the directory " + log.checkpoints() + " is missing; is its file system mounted?")
                .contains("Retrying for")
                .contains("trainer.checkpointTimeoutMs")
                .doesNotContain("bytes are free");
        log.samples(3 * TrainerRun.BATCH, 1);
        log.train(4);
    }

    @Test
    void shouldStopWithoutAFailureWhileTheCheckpointDirectoryIsUnavailable() throws Exception {
        ListAppender<ILoggingEvent> logged = listenTo(VersionPublisher.class);
        Trainer trainer = new Trainer(log.config());
        trainer.start();
        Files.move(log.checkpoints(), directory.resolve("away"));
        log.samples(0, 3);
        await().atMost(Duration.ofMinutes(1)).until(() -> !logged.list.isEmpty());
        trainer.close();

        assertThat(threads("trainer-publisher")).isEmpty();
        assertThat(trainer.failure()).isEmpty();
        assertThat(steps()).isZero();
    }

    @Test
    void shouldCommitNoOffsetOfASampleWhoseDeadLetterCouldNotBeWritten() throws Exception {
        byte[] bad = new byte[5_000];
        new Random(1).nextBytes(bad);
        try (Admin admin = log.cluster().admin();
                KafkaProducer<byte[], byte[]> producer = log.cluster().producer(Map.of())) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, log.name(Topic.DEAD_LETTERS)),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("max.message.bytes", "2000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            for (int partition = 0; partition < 2; partition++) {
                producer.send(new ProducerRecord<>(log.name(Topic.ADVANTAGES), partition, null, bad))
                        .get();
            }
        }
        log.samples(0, 3);
        try (Trainer trainer = new Trainer(log.config())) {
            trainer.start();
            trainer.awaitTermination();
            assertThat(trainer.failure().orElseThrow())
                    .hasMessageContaining("a dead letter could not be written to " + log.name(Topic.DEAD_LETTERS))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }
        assertThat(steps()).isZero();
    }

    @Test
    void shouldContinueWhenAnOldCheckpointCannotBeDeleted() throws Exception {
        log.samples(0, 6);
        Config config = log.config("trainer.keepCheckpoints", "2", "trainer.maxSteps", "6");
        try (Trainer trainer = new Trainer(config, withStore((method, call) -> {
            if (method.equals("delete")) {
                throw new CheckpointException("Stale file handle");
            }
            return call.run();
        }))) {
            trainer.start();
            trainer.awaitTermination();
            assertThat(trainer.failure()).isEmpty();
        }
        assertThat(steps()).isEqualTo(6);
    }

    @Test
    void shouldFreeNothingThatTheCurrentStepUsesWhenClosed() throws Exception {
        log.samples(0, 400);
        ListAppender<ILoggingEvent> logged = listenTo(Trainer.class);
        for (int round = 0; round < 5; round++) {
            int before = steps();
            Trainer trainer = new Trainer(log.config(), TrainerIo.REAL, Duration.ofMillis(1));
            trainer.start();
            await().atMost(Duration.ofMinutes(1)).until(() -> steps() > before);
            trainer.close();
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> threads("trainer-").isEmpty());
            assertThat(trainer.failure()).isEmpty();
        }
        // The publisher abandons its current work and may log it.
        assertThat(logged.list)
                .filteredOn(event -> event.getThrowableProxy() != null)
                .noneMatch(event -> event.getFormattedMessage().contains("trainer-learner"));
    }

    @Test
    void shouldLeaveNoThreadBehindWhenOneOfThemFails() throws Exception {
        log.samples(0, 1);
        log.train(1);
        // The next records were deleted before this trainer could read them.
        log.samples(TrainerRun.BATCH, 2);
        log.deleteAll(Topic.ADVANTAGES);
        try (Trainer trainer = new Trainer(log.config())) {
            trainer.start();
            trainer.awaitTermination();
            trainer.close();
            assertThat(trainer.failure()).isPresent();
            assertThat(threads("trainer-publisher")).isEmpty();
            assertThat(threads("trainer-learner")).isEmpty();
        }
    }

    @Test
    void shouldAbandonABlockedPublicationWhenClosed() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        log.samples(0, 4);
        Trainer trainer = new Trainer(
                log.config(),
                withStore((method, call) -> {
                    if (method.equals("write") && !store().names().isEmpty()) {
                        writing.countDown();
                        released.await();
                    }
                    return call.run();
                }),
                Duration.ofMillis(100));
        trainer.start();
        writing.await();
        trainer.close();
        released.countDown();
        await().atMost(Duration.ofMinutes(1)).until(() -> threads("trainer-").isEmpty());
        assertThat(trainer.failure()).as("a clean stop").isEmpty();
        assertThat(log.read(Topic.POLICY_VERSIONS, PolicyVersion.class)).hasSize(1);

        log.train(4);
        assertThat(steps()).isEqualTo(4);
    }

    /** Blocks until the test is over. */
    private ListAppender<ILoggingEvent> listenTo(Class<?> type) {
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        Logger logger = (Logger) LoggerFactory.getLogger(type);
        logger.addAppender(logged);
        stopListening.add(() -> logger.detachAppender(logged));
        return logged;
    }

    private int steps() {
        return log.read(Topic.TRAINING_STEPS, TrainingStep.class).size();
    }

    private PolicyVersion last() {
        List<PolicyVersion> all = log.read(Topic.POLICY_VERSIONS, PolicyVersion.class);
        return all.get(all.size() - 1);
    }

    private DirectoryCheckpointStore store() {
        return new DirectoryCheckpointStore(log.checkpoints());
    }

    private static List<String> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(one -> one.startsWith(name))
                .toList();
    }

    private interface Call {
        Object run() throws Throwable;
    }

    private interface Around {
        Object call(String method, Call call) throws Throwable;
    }

    /** The real store with an interceptor around each call. */
    private static TrainerIo withStore(Around around) {
        return new TrainerIo() {
            @Override
            public CheckpointStore store(TrainerSettings settings) {
                CheckpointStore real = TrainerIo.super.store(settings);
                return (CheckpointStore) Proxy.newProxyInstance(
                        CheckpointStore.class.getClassLoader(),
                        new Class<?>[] {CheckpointStore.class},
                        (proxy, method, arguments) -> around.call(method.getName(), () -> {
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }));
            }
        };
    }
}
