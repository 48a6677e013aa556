package dev.krpo.worker;

import static dev.krpo.worker.WorkerRun.sampling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.testkit.TestBroker;
import dev.krpo.worker.reward.BrokenReward;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Slow, hanging and broken rewards on live workers. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RewardFailuresEmbeddedTest {

    private static final long WEIGHTS = 11;
    private static final SamplingParameters SAMPLING = sampling(1, 1, 12, 5);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldScoreACompletionOnceAlthoughSlowRewardsOutlastTheLockOfItsTask() {
        try (WorkerRun run = run(Map.of("topics.taskLockMs", "3000", "worker.rewardThreads", "1"))) {
            BrokenReward.SLOW_CALLS.set(0);
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "slow");
            for (int i = 0; i < 24; i++) {
                run.task("p", 1, SAMPLING);
            }
            run.startWorker(Map.of("worker.id", "a"));
            run.startWorker(Map.of("worker.id", "b"));

            awaiting().until(() -> run.rollouts().size() >= 24);

            assertThat(run.rollouts()).extracting(Rollout::getRolloutId).doesNotHaveDuplicates();
            assertThat(BrokenReward.SLOW_CALLS).hasValue(24);
            assertThat(run.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldDeadLetterACompletionWhoseRewardNeverEndsAndScoreTheOthers() {
        try (WorkerRun run = run(Map.of("worker.rewardThreads", "1", "worker.rewardTimeoutMs", "300"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("sleep", "1+1=", "sleep");
            run.prompt("stubborn", "1+1=", "stubborn");
            run.prompt("good", "1+1=", "2");
            RolloutTask sleep = run.task("sleep", 2, SAMPLING);
            RolloutTask stubborn = run.task("stubborn", 1, SAMPLING);
            run.task("good", 2, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() >= 2 && run.deadLetters().size() >= 3);

            assertThat(run.rollouts()).hasSize(2).allMatch(one -> one.getPromptId()
                    .equals("good"));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getReason, DeadLetter::getTaskId, DeadLetter::getSamples)
                    .containsExactlyInAnyOrder(
                            tuple("reward-timeout", sleep.getTaskId(), 1),
                            tuple("reward-timeout", sleep.getTaskId(), 1),
                            tuple("reward-timeout", stubborn.getTaskId(), 1));
            assertThat(run.deadLetters())
                    .allMatch(letter -> letter.getDetail().contains("worker.rewardTimeoutMs (300)"));
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldDeadLetterEveryRewardFailureImmediatelyAndContinue() {
        try (WorkerRun run = run(Map.of("worker.reward", "broken"))) {
            run.publishVersion(0, WEIGHTS);
            List<String> wrongs = List.of("throw", "error", "overflow", "null", "unprintable", "nan");
            for (String wrong : wrongs) {
                run.prompt(wrong, "1+1=", wrong);
                run.task(wrong, 1, SAMPLING);
            }
            run.prompt("good", "1+1=", "2");
            run.task("good", 2, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() >= 2 && run.deadLetters().size() >= wrongs.size());

            assertThat(run.deadLetters())
                    .hasSize(wrongs.size())
                    .allMatch(letter -> letter.getSamples() == 1
                            && letter.getReason()
                                    .equals(
                                            letter.getDetail().contains("answer 'nan'")
                                                    ? "reward-not-finite"
                                                    : "reward-failed"));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getDetail)
                    .anyMatch(detail -> detail.contains("default-0/0") && detail.contains("this answer breaks it"))
                    .anyMatch(detail -> detail.contains("no exception, but an error"))
                    .anyMatch(detail -> detail.contains("StackOverflowError"))
                    .anyMatch(detail -> detail.contains("returned null"))
                    .anyMatch(detail -> detail.contains("UnprintableException"));
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldPublishTheOthersOfAGroupAsACompleteGroup() {
        try (WorkerRun run = run(Map.of("worker.reward", "broken"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "every-third");
            RolloutTask task = run.task("p", 6, SAMPLING);
            run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() >= 4 && run.deadLetters().size() >= 2);

            List<Rollout> rollouts = run.rollouts().stream()
                    .sorted(Comparator.comparingInt(Rollout::getIndex))
                    .toList();
            assertThat(rollouts).extracting(Rollout::getIndex).containsExactly(0, 1, 2, 3);
            assertThat(rollouts)
                    .allMatch(one -> one.getGroupSize() == 4
                            && one.getGroupId().equals(task.getTaskId())
                            && run.deadLetters().stream()
                                    .noneMatch(letter -> letter.getDetail().contains(one.getRolloutId() + " ")));
            assertThat(rollouts)
                    .extracting(Rollout::getRolloutId)
                    .as("the ids of the members drawn, in their order")
                    .isSorted()
                    .isSubsetOf(
                            task.getTaskId() + "/0",
                            task.getTaskId() + "/1",
                            task.getTaskId() + "/2",
                            task.getTaskId() + "/3",
                            task.getTaskId() + "/4",
                            task.getTaskId() + "/5");
            assertThat(run.deadLetters()).extracting(DeadLetter::getSamples).containsExactly(1, 1);
        }
    }

    @Test
    void shouldStopAWorkerOnWhichNoRewardCanBeComputed() throws InterruptedException {
        try (WorkerRun run = run(Map.of("worker.batchTasks", "16"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "throw");
            for (int i = 0; i < 100; i++) {
                run.task("p", 1, SAMPLING);
            }
            RolloutWorker worker = run.startWorker(Map.of("worker.id", "lame"));
            worker.awaitTermination();

            assertThat(worker.failure()).hasValueSatisfying(cause -> assertThat(cause)
                    .hasMessageContaining("64 completions")
                    .hasMessageContaining("broken")
                    .hasMessageContaining("lame")
                    .hasMessageContaining("this answer breaks it"));
            awaiting().until(() -> run.deadLetters().size() == 64);
            run.startWorker(Map.of("worker.reward", "exact-match"));
            awaiting().until(() -> run.rollouts().size() == 36);
            assertThat(run.deadLetters()).hasSize(64);
        }
    }

    @Test
    void shouldNotStopAWorkerForOnePromptWhoseRewardFails() {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("throws", "1+1=", "throw");
            run.prompt("good", "1+1=", "2");
            run.task("throws", 100, SAMPLING);
            run.task("good", 1, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() == 1 && run.deadLetters().size() == 100);

            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldStopBeforeRewardsThatCannotBeInterruptedFillTheMachine() throws InterruptedException {
        try (WorkerRun run = run(Map.of("worker.rewardThreads", "4", "worker.rewardTimeoutMs", "100"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "stubborn");
            run.task("p", 40, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of());
            worker.awaitTermination();

            assertThat(worker.failure()).hasValueSatisfying(cause -> assertThat(cause)
                    .hasMessageContaining("17 calls of the reward broken")
                    .hasMessageContaining("worker.rewardTimeoutMs (100)"));
        }
    }

    private WorkerRun run(Map<String, String> settings) {
        Map<String, String> merged = new HashMap<>(Map.of("worker.reward", "broken"));
        merged.putAll(settings);
        return new WorkerRun(BROKER.bootstrapServers(), BROKER.test(), directory, merged);
    }

    private static ConditionFactory awaiting() {
        return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }
}
