package dev.krpo.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The versions that a worker adopts, on a real broker. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PolicyFollowerEmbeddedTest {

    private static final SamplingParameters SAMPLING = WorkerRun.sampling(0.8, 1.0, 12, 5);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldReportVersionsThatWentBackOnceAndKeepItsOwn() {
        try (WorkerRun run = run(directory)) {
            run.publishVersion(12, 1);
            RolloutWorker worker = answering(run);

            CheckpointRef begun = run.writeCheckpoint(0, 2);
            run.announce(0, begun);
            run.announce(1, begun);
            run.announce(2, begun);
            awaiting().until(() -> !run.deadLetters().isEmpty());
            run.publishVersion(13, 3);
            awaiting().until(() -> answersWith(run, 13));

            assertThat(run.deadLetters())
                    .singleElement()
                    .returns("version-went-back", DeadLetter::getReason)
                    .extracting(DeadLetter::getDetail)
                    .asString()
                    .contains("version 0 of policy 'default' was announced after version 12, which stays in use");
            assertThat(run.rollouts())
                    .flatExtracting(rollout -> rollout.getVersionRuns())
                    .extracting(part -> part.getPolicyVersion())
                    .containsOnly(12L, 13L);
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldFollowTheVersionsAfterOneWithoutACheckpoint() {
        try (WorkerRun run = run(directory)) {
            run.publishVersion(1, 1);
            RolloutWorker worker = answering(run);

            run.announce(Long.MAX_VALUE, new CheckpointRef("nowhere", "00", 1));
            run.publishVersion(2, 2);
            awaiting().until(() -> answersWith(run, 2));
            run.publishVersion(3, 3);
            awaiting().until(() -> answersWith(run, 3));

            assertThat(run.deadLetters()).singleElement().returns("checkpoint-missing", DeadLetter::getReason);
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldRejectThePrefixOfAnotherPolicy() {
        try (WorkerRun run = run(directory)) {
            run.publishVersion(0, 1);

            assertThatThrownBy(() -> run.startWorker(Map.of("policy.name", "other")))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining(BROKER.test() + ".policy-versions belongs to policy 'default'")
                    .hasMessageContaining("set another topics.prefix");
        }
    }

    @Test
    void shouldStopWhenAnotherPolicyStartsOnThePrefixThatItWaitsFor() throws InterruptedException {
        try (WorkerRun run = run(directory)) {
            RolloutWorker worker = run.startWorker(Map.of("policy.name", "other"));
            run.publishVersion(0, 1);

            worker.awaitTermination();

            assertThat(worker.failure()).hasValueSatisfying(failure -> assertThat(failure)
                    .hasMessageContaining(BROKER.test() + ".policy-versions belongs to policy 'default'"));
        }
    }

    @Test
    void shouldWaitForAnUnavailableCheckpointDirectoryAndNeverCreateIt() throws Exception {
        Path mount = directory.resolve("mount");
        try (WorkerRun run = run(mount)) {
            run.publishVersion(0, 1);
            RolloutWorker worker = answering(run);
            CheckpointRef next = run.writeCheckpoint(1, 2);
            Path away = Files.move(mount, directory.resolve("away"));
            run.announce(1, next);
            awaiting().until(() -> !run.deadLetters().isEmpty());
            assertThat(run.deadLetters())
                    .singleElement()
                    .returns("checkpoint-missing", DeadLetter::getReason)
                    .extracting(DeadLetter::getDetail)
                    .asString()
                    .contains("as is the whole directory " + mount + "; is its file system mounted");
            assertThat(mount).doesNotExist();

            Files.move(away, mount);
            awaiting().until(() -> answersWith(run, 1));
            assertThat(worker.failure()).isEmpty();
        }
    }

    /** A worker that has answered with the current version. */
    private static RolloutWorker answering(WorkerRun run) {
        run.prompt("p", "1+1=", "2");
        RolloutWorker worker = run.startWorker(Map.of());
        run.task("p", 1, SAMPLING);
        awaiting().until(() -> run.rollouts().size() == 1);
        return worker;
    }

    private static boolean answersWith(WorkerRun run, long version) {
        run.task("p", 1, SAMPLING);
        return run.rollouts().stream()
                .anyMatch(rollout -> rollout.getVersionRuns().get(0).getPolicyVersion() == version);
    }

    private WorkerRun run(Path checkpoints) {
        return new WorkerRun(BROKER.bootstrapServers(), BROKER.test(), checkpoints, Map.of());
    }

    private static ConditionFactory awaiting() {
        return await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(100));
    }
}
