package dev.krpo.worker;

import static dev.krpo.worker.WorkerRun.sampling;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.runtime.cluster.BrokerUnavailableException;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicsNotReadyException;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.testkit.TestBroker;
import dev.krpo.worker.task.TaskSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RolloutWorkerEmbeddedTest {

    private static final long WEIGHTS = 11;
    private static final long OTHER_WEIGHTS = 12;
    private static final SamplingParameters SAMPLING = sampling(0.8, 0.9, 12, 5);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldPublishEveryMemberOfAGroupWithTheLogProbabilitiesOfTheModel() {
        try (WorkerRun run = run(Map.of("worker.id", "w"))) {
            run.publishVersion(3, WEIGHTS);
            run.prompt("p", "12+34=", "46");
            RolloutTask task = run.task("p", 4, SAMPLING);
            run.startWorker(Map.of());

            awaiting().until(() -> run.rollouts().size() >= 4);

            List<Rollout> rollouts = sorted(run.rollouts());
            assertThat(rollouts).extracting(Rollout::getRolloutId).containsExactly(ids(task));
            try (Policy policy = WorkerRun.policy(WEIGHTS)) {
                for (Rollout rollout : rollouts) {
                    int[] tokens = PrimitiveArrays.toInts(rollout.getCompletionTokens());
                    assertThat(tokens.length).isBetween(1, 12);
                    assertThat(PrimitiveArrays.toInts(rollout.getPromptTokens()))
                            .isEqualTo(policy.tokenizer().encode("12+34="));
                    assertThat(PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs()))
                            .containsExactly(recomputed(policy, rollout), within(1e-4f));
                    assertThat(wholeVocabulary(rollout)).containsExactly(recomputed(policy, rollout, 1), within(1e-4f));
                    assertThat(rollout.getText()).isEqualTo(policy.tokenizer().decode(tokens));
                    boolean stopped =
                            tokens[tokens.length - 1] == policy.tokenizer().eosId();
                    assertThat(rollout.getFinishReason()).isEqualTo(stopped ? FinishReason.STOP : FinishReason.LENGTH);
                    assertThat(rollout.getVersionRuns()).containsExactly(new TokenRun(3L, tokens.length));
                    double reward = rollout.getText().strip().equals("46") ? 1 : 0;
                    assertThat(rollout.getReward()).isEqualTo(reward);
                    assertThat(rollout.getRewardComponents()).isEqualTo(Map.of("exact-match", reward));
                    assertThat(rollout.getTaskId()).isEqualTo(task.getTaskId());
                    assertThat(rollout.getGroupId()).isEqualTo(task.getTaskId());
                    assertThat(rollout.getGroupSize()).isEqualTo(4);
                    assertThat(rollout.getDataset()).isEqualTo("sums");
                    assertThat(rollout.getPolicyName()).isEqualTo(WorkerRun.POLICY);
                    assertThat(rollout.getSampling()).isEqualTo(SAMPLING);
                    assertThat(rollout.getWorkerId()).isEqualTo("w");
                    assertThat(rollout.getTaskIssuedAtMs()).isEqualTo(task.getIssuedAtMs());
                    assertThat(rollout.getStartedAtMs()).isBetween(1L, rollout.getFinishedAtMs());
                }
            }
            assertThat(rollouts.stream().map(Rollout::getText).distinct().count())
                    .as("members drawn with individual seeds")
                    .isGreaterThan(1);
        }
    }

    @Test
    void shouldDrawTheSameTokensForATaskOnAnyWorker() {
        List<List<Rollout>> seen = new ArrayList<>();
        for (String worker : List.of("one", "two")) {
            try (WorkerRun run = new WorkerRun(
                    BROKER.bootstrapServers(), BROKER.test() + worker, directory.resolve(worker), Map.of())) {
                run.publishVersion(0, WEIGHTS);
                run.prompt("p", "7*8=", "56");
                run.task("p", 5, SAMPLING);
                run.startWorker(Map.of("worker.id", worker));
                awaiting().until(() -> run.rollouts().size() == 5);
                seen.add(sorted(run.rollouts()));
            }
        }

        assertThat(seen.get(1))
                .extracting(Rollout::getRolloutId, Rollout::getCompletionTokens, Rollout::getBehaviourLogProbs)
                .isEqualTo(seen.get(0).stream()
                        .map(one -> tuple(one.getRolloutId(), one.getCompletionTokens(), one.getBehaviourLogProbs()))
                        .toList());
        assertThat(seen.get(1).get(0).getWorkerId()).isEqualTo("two");
    }

    @Test
    void shouldRejectTasksThatCannotBeGeneratedAndContinueWithTheRest() {
        try (WorkerRun run = run(Map.of("worker.maxBatchRows", "8"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("good", "1+1=", "2");
            run.prompt("strange", "1+1=§", "2");
            run.prompt("empty", "", "2");
            run.prompt("long", "1".repeat(90), "2");
            run.send(Topic.ROLLOUT_TASKS, "good", new byte[] {1, 2, 3});
            run.send(Topic.ROLLOUT_TASKS, "good", (byte[]) null);
            run.task("missing", 1, SAMPLING);
            run.task("strange", 1, SAMPLING);
            run.task("empty", 1, SAMPLING);
            run.task("long", 1, SAMPLING);
            run.task("good", "another", 1, SAMPLING);
            run.task("good", 0, SAMPLING);
            run.task("good", 9, SAMPLING);
            run.task("good", 1, sampling(0, 1, 4, 1));
            run.task("good", 1, sampling(1, 1.5, 4, 1));
            run.task("good", 1, sampling(1, 1, Integer.MAX_VALUE, 1));
            RolloutTask strange = run.task("strange", 3, SAMPLING);
            RolloutTask good = run.task("good", 8, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() >= 8 && run.deadLetters().size() >= 13);

            assertThat(sorted(run.rollouts())).extracting(Rollout::getRolloutId).containsExactly(ids(good));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getReason)
                    .containsExactlyInAnyOrder(
                            "not-single-object",
                            "empty",
                            "unknown-prompt",
                            "prompt-not-encodable",
                            "prompt-not-encodable",
                            "prompt-empty",
                            "prompt-too-long",
                            "unknown-policy",
                            "task-invalid",
                            "task-invalid",
                            "task-invalid",
                            "task-invalid",
                            "prompt-too-long");
            assertThat(run.deadLetters())
                    .allMatch(letter -> letter.getComponent().equals("rollout-worker"))
                    .allMatch(letter -> letter.getSourceTopic().equals(run.name(Topic.ROLLOUT_TASKS)));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getDetail)
                    .anyMatch(detail -> detail.contains("'missing'") && detail.contains("krpo prompts load"))
                    .anyMatch(detail -> detail.contains("'strange'") && detail.contains("'§'"))
                    .anyMatch(detail -> detail.contains("90 tokens") && detail.contains("96 positions"))
                    .anyMatch(detail -> detail.contains("'another'") && detail.contains("policy.name"))
                    .anyMatch(detail -> detail.contains("groupSize is 9") && detail.contains("worker.maxBatchRows = 8"))
                    .anyMatch(detail -> detail.contains("sampling.topP is 1.5"));
            assertThat(run.deadLetters())
                    .as("samples that the scheduler does not wait for")
                    .filteredOn(letter -> letter.getTaskId().equals(strange.getTaskId()))
                    .extracting(DeadLetter::getSamples)
                    .containsExactly(3);
            assertThat(run.deadLetters())
                    .filteredOn(letter -> letter.getTaskId().isEmpty())
                    .extracting(DeadLetter::getReason, DeadLetter::getSamples)
                    .containsExactlyInAnyOrder(tuple("not-single-object", 0), tuple("empty", 0));
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldFindAPromptThatIsLoadedWhileTheWorkerRuns() {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("early", "1+1=", "2");
            run.startWorker(Map.of());
            run.task("early", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 1);

            run.prompt("late", "2+2=", "4");
            run.task("late", 1, SAMPLING);

            awaiting().until(() -> run.rollouts().size() == 2);
            assertThat(run.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldLoseOnlyTheRolloutsThatTheRewardCannotScore() {
        try (WorkerRun run = run(Map.of("worker.reward", "broken"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("throws", "1+1=", "throw");
            run.prompt("is-nan", "1+1=", "nan");
            run.prompt("good", "1+1=", "2");
            run.task("throws", 1, SAMPLING);
            run.task("is-nan", 2, SAMPLING);
            run.task("good", 2, SAMPLING);
            run.startWorker(Map.of());

            awaiting()
                    .until(() -> run.rollouts().size() >= 2 && run.deadLetters().size() >= 3);

            assertThat(run.rollouts()).hasSize(2).allMatch(one -> one.getPromptId()
                    .equals("good"));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getReason)
                    .containsExactlyInAnyOrder("reward-failed", "reward-not-finite", "reward-not-finite");
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getDetail)
                    .anyMatch(detail -> detail.contains("default-0/0") && detail.contains("this answer breaks it"))
                    .anyMatch(detail -> detail.contains("default-1/1") && detail.contains("NaN"));
        }
    }

    @Test
    void shouldPenaliseLongCompletionsAndRejectTasksThatAllowNoOthers() {
        try (WorkerRun run = run(Map.of("worker.overlongTokens", "8"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, sampling(1, 1, 8, 1));
            run.task("p", 32, SAMPLING);
            run.startWorker(Map.of());

            awaiting().until(() -> run.rollouts().size() >= 32);

            assertThat(run.rollouts()).allSatisfy(rollout -> {
                double overlong = -Math.max(0, rollout.getCompletionTokens().size() - 4) / 8.0;
                double right = rollout.getText().strip().equals("2") ? 1 : 0;
                assertThat(rollout.getRewardComponents()).containsOnlyKeys("exact-match", "overlong");
                assertThat(rollout.getRewardComponents().get("overlong")).isEqualTo(overlong, within(0.0));
                assertThat(rollout.getReward()).isEqualTo(right + overlong, within(0.0));
            });
            assertThat(run.rollouts().stream()
                            .map(rollout -> rollout.getCompletionTokens().size())
                            .distinct()
                            .count())
                    .as("completions of several lengths")
                    .isGreaterThan(1);
            awaiting().until(() -> !run.deadLetters().isEmpty());
            assertThat(run.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.getReason()).isEqualTo("task-invalid");
                assertThat(letter.getDetail())
                        .contains("sampling.maxNewTokens is 8")
                        .contains("worker.overlongTokens of the workers is 8");
            });
        }
    }

    @Test
    void shouldAdoptANewVersionWithoutARestart() {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.startWorker(Map.of());
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 1);
            assertThat(versions(run)).containsExactly(0L);

            run.publishVersion(1, OTHER_WEIGHTS);

            awaiting().until(() -> {
                run.task("p", 1, SAMPLING);
                return run.rollouts().stream().anyMatch(RolloutWorkerEmbeddedTest::isWhollyOfVersionOne);
            });
            Rollout newest = run.rollouts().stream()
                    .filter(RolloutWorkerEmbeddedTest::isWhollyOfVersionOne)
                    .findFirst()
                    .orElseThrow();
            try (Policy policy = WorkerRun.policy(OTHER_WEIGHTS)) {
                assertThat(PrimitiveArrays.toFloats(newest.getBehaviourLogProbs()))
                        .containsExactly(recomputed(policy, newest), within(1e-4f));
            }
        }
    }

    @Test
    void shouldSwapWeightsWithinACompletionAndRecordWhichVersionDrewWhichTokens() {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.startWorker(Map.of());
            AtomicLong version = new AtomicLong();

            awaiting().until(() -> {
                run.task("p", 128, sampling(1, 1, 90, version.get()));
                run.publishVersion(version.incrementAndGet(), WEIGHTS + version.get());
                return run.rollouts().stream()
                        .anyMatch(one -> one.getVersionRuns().size() > 1);
            });

            assertThat(run.rollouts()).allSatisfy(one -> {
                assertThat(one.getVersionRuns().stream()
                                .mapToInt(TokenRun::getTokens)
                                .sum())
                        .isEqualTo(tokens(one));
                assertThat(one.getVersionRuns())
                        .extracting(TokenRun::getPolicyVersion)
                        .isSorted()
                        .doesNotHaveDuplicates();
            });
        }
    }

    @Test
    void shouldKeepItsVersionWhenACheckpointIsCorruptAndAdoptTheNextGoodOne() throws Exception {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            RolloutWorker worker = run.startWorker(Map.of());
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 1);

            CheckpointRef damaged = run.writeCheckpoint(1, OTHER_WEIGHTS);
            Files.write(directory.resolve(damaged.uri()).resolve("model.safetensors"), new byte[] {0});
            run.announce(1, damaged);
            awaiting().until(() -> run.deadLetters().size() == 1);
            CheckpointRef unreadable = run.writeCheckpoint(2, OTHER_WEIGHTS);
            byte[] garbage = {1, 2, 3};
            Files.write(directory.resolve(unreadable.uri()).resolve("model.safetensors"), garbage);
            String sha256 = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(garbage));
            run.announce(2, new CheckpointRef(unreadable.uri(), sha256, garbage.length));
            awaiting().until(() -> run.deadLetters().size() == 2);

            assertThat(run.deadLetters()).allMatch(letter -> letter.getReason().equals("checkpoint-corrupt"));
            assertThat(run.deadLetters())
                    .extracting(DeadLetter::getDetail)
                    .anyMatch(detail -> detail.contains(damaged.sha256()) && detail.contains("version 0 stays in use"))
                    .anyMatch(detail -> detail.contains("v00000002"));
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 2);
            assertThat(versions(run)).containsExactly(0L);

            run.publishVersion(3, OTHER_WEIGHTS);
            awaiting().until(() -> {
                run.task("p", 1, SAMPLING);
                return versions(run).contains(3L);
            });
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldStartWithTheNewestVersionAlthoughOlderOnesArePruned() {
        try (WorkerRun run = run(Map.of())) {
            CheckpointRef gone = new CheckpointRef("v00000000", "0".repeat(64), 1);
            for (long version = 0; version < 5; version++) {
                run.announce(version, gone);
            }
            run.publishVersion(5, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, SAMPLING);
            run.startWorker(Map.of());

            awaiting().until(() -> run.rollouts().size() == 1);

            assertThat(versions(run)).containsExactly(5L);
            assertThat(run.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldUseACheckpointThatAppearsAfterItsAnnouncement() throws IOException {
        try (WorkerRun run = run(Map.of())) {
            CheckpointRef ref = run.writeCheckpoint(0, WEIGHTS);
            Path hidden = directory.resolve("elsewhere");
            Files.move(directory.resolve(ref.uri()), hidden);
            run.announce(0, ref);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, SAMPLING);
            run.startWorker(Map.of());
            awaiting().until(() -> run.deadLetters().size() == 1);
            assertThat(run.deadLetters().get(0).getReason()).isEqualTo("checkpoint-missing");

            Files.move(hidden, directory.resolve(ref.uri()));

            awaiting().until(() -> run.rollouts().size() == 1);
            assertThat(run.deadLetters()).hasSize(1);
        }
    }

    @Test
    void shouldShareTheTasksAmongWorkersAndCompleteEachOnce() {
        try (WorkerRun run = run(Map.of("worker.batchTasks", "2"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.prompt("q", "2+2=", "4");
            run.startWorker(Map.of("worker.id", "a"));
            run.startWorker(Map.of("worker.id", "b"));
            awaitMembers(run, 2);

            Set<String> expected = new TreeSet<>();
            for (int i = 0; i < 40; i++) {
                expected.addAll(List.of(ids(run.task(i % 2 == 0 ? "p" : "q", 2, sampling(1, 1, 8, i)))));
            }

            awaiting().until(() -> distinctIds(run).equals(expected));
            assertThat(run.rollouts()).hasSize(expected.size());
            assertThat(run.rollouts().stream().map(Rollout::getWorkerId).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("a", "b");
        }
    }

    @Test
    void shouldLeaveItsTasksToAnotherWorkerWhenClosedMidway() {
        // Locks that outlast the test: the second worker's tasks were released and did not time out.
        try (WorkerRun run =
                run(Map.of("worker.batchTasks", "4", "worker.maxBatchRows", "64", "topics.taskLockMs", "60000"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            Set<String> expected = new TreeSet<>();
            for (int i = 0; i < 20; i++) {
                expected.addAll(List.of(ids(run.task("p", 64, sampling(1, 1, 90, i)))));
            }
            RolloutWorker first = run.startWorker(Map.of("worker.id", "first"));
            awaiting().until(() -> !run.rollouts().isEmpty());

            first.close();
            assertThat(first.failure()).isEmpty();
            run.startWorker(Map.of("worker.id", "second"));

            awaiting().until(() -> distinctIds(run).equals(expected));
            assertThat(run.rollouts()).hasSize(expected.size());
            assertThat(run.rollouts().stream().map(Rollout::getWorkerId).collect(Collectors.toSet()))
                    .containsExactlyInAnyOrder("first", "second");
        }
    }

    @Test
    void shouldKeepItsTasksWhenAGenerationOutlastsTheirLock() {
        try (WorkerRun run = run(Map.of("worker.maxBatchRows", "3000", "topics.taskLockMs", "1000"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.startWorker(Map.of("worker.id", "a"));
            run.startWorker(Map.of("worker.id", "b"));
            awaitMembers(run, 2);

            RolloutTask task = run.task("p", 3000, sampling(1, 1, 90, 1));
            awaiting().until(() -> distinctIds(run).size() == 3000);
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> distinctIds(run).size() == 3001);

            List<Rollout> rollouts = run.rollouts();
            Rollout one = rollouts.get(0);
            assertThat(one.getTaskId()).isEqualTo(task.getTaskId());
            assumeThat(one.getFinishedAtMs() - one.getStartedAtMs())
                    .as("the generation must outlast the lock for this test to be meaningful")
                    .isGreaterThan(1_000);
            assertThat(rollouts).hasSize(3001);
        }
    }

    @Test
    void shouldCompleteATaskThatAnotherWorkerHoldsForTooLong() {
        // With one partition every worker is assigned it; with one partition per worker, the hung one would keep its
        // own.
        try (WorkerRun run = run(Map.of("topics.taskLockMs", "1000"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            RolloutTask task = run.task("p", 2, SAMPLING);
            // It renews the lock several times before it counts as hung.
            Duration hangLimit = Duration.ofSeconds(3);
            try (TaskSource hung = new TaskSource(run.cluster(), 10, hangLimit)) {
                AtomicReference<List<ConsumerRecord<byte[], byte[]>>> taken = new AtomicReference<>(List.of());
                awaiting().until(() -> {
                    taken.set(hung.poll(Duration.ofMillis(500)));
                    return !taken.get().isEmpty();
                });
                run.startWorker(Map.of());

                awaiting().until(() -> run.rollouts().size() == 2);

                assertThat(distinctIds(run)).containsExactly(ids(task));
                // Too late but harmless: the broker rejects it and the worker continues.
                taken.get().forEach(hung::accept);
                hung.commit();
                assertThat(hung.poll(Duration.ofMillis(100))).isEmpty();
            }
        }
    }

    @Test
    void shouldStopAndKeepTheCauseWhenAThreadFails() throws InterruptedException {
        try (WorkerRun run = run(Map.of("topics.taskLockMs", "60000"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "out-of-memory");
            run.task("p", 1, SAMPLING);
            RolloutWorker worker = run.startWorker(Map.of("worker.reward", "broken"));

            worker.awaitTermination();

            assertThat(worker.failure()).hasValueSatisfying(cause -> assertThat(cause)
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("not truly"));
            run.startWorker(Map.of("worker.reward", "exact-match"));
            awaiting().until(() -> run.rollouts().size() == 1);
        }
    }

    @Test
    void shouldDeadLetterARepeatedlyFailingTaskAndCompleteTheGoodOnesOfItsBatch() {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.promptTooLargeToPublish("poison");
            run.prompt("good", "1+1=", "2");
            RolloutTask good = run.task("good", 2, SAMPLING);
            RolloutTask poison = run.task("poison", 1, SAMPLING);
            RolloutTask better = run.task("good", 2, SAMPLING);
            RolloutWorker worker = run.startWorker(WorkerRun.SMALL_REQUESTS);

            awaiting()
                    .until(() ->
                            distinctIds(run).size() == 4 && run.deadLetters().size() == 1);

            assertThat(distinctIds(run)).contains(ids(good)).contains(ids(better));
            DeadLetter letter = run.deadLetters().get(0);
            assertThat(letter.getReason()).isEqualTo("task-failed");
            assertThat(letter.getDetail())
                    .contains("'" + poison.getTaskId() + "' failed in 4 deliveries")
                    .contains("RecordTooLargeException");
            assertThat(letter.getTaskId()).isEqualTo(poison.getTaskId());
            assertThat(letter.getSamples()).isEqualTo(1);
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldDeadLetterATaskThatStopsEveryWorkerWithItsLastError() throws InterruptedException {
        try (WorkerRun run = run(Map.of("topics.taskDeliveries", "3"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("poison", "1+1=", "out-of-memory");
            run.prompt("good", "1+1=", "2");
            run.task("poison", 1, SAMPLING);
            for (int victim = 0; victim < 2; victim++) {
                RolloutWorker worker = run.startWorker(Map.of("worker.reward", "broken"));
                worker.awaitTermination();
                assertThat(worker.failure()).containsInstanceOf(OutOfMemoryError.class);
            }
            awaiting().until(() -> run.deadLetters().size() == 1);
            assertThat(run.deadLetters().get(0).getDetail())
                    .contains("failed in 2 deliveries")
                    .contains("OutOfMemoryError: not truly");
            assertThat(run.deadLetters().get(0).getSamples()).isEqualTo(1);

            run.startWorker(Map.of("worker.reward", "broken"));
            run.task("good", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 1);
            assertThat(run.deadLetters()).hasSize(1);
        }
    }

    @Test
    void shouldDeadLetterATaskWhoseWorkersDiedSilently() {
        try (WorkerRun run = run(Map.of("topics.taskDeliveries", "3"))) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            RolloutTask task = run.task("p", 1, SAMPLING);
            for (int delivery = 1; delivery <= 2; delivery++) {
                try (TaskSource dying = new TaskSource(run.cluster(), 10)) {
                    awaiting().until(() -> !dying.poll(Duration.ofMillis(500)).isEmpty());
                }
            }
            run.startWorker(Map.of());
            awaiting().until(() -> run.deadLetters().size() == 1);

            DeadLetter letter = run.deadLetters().get(0);
            assertThat(letter.getReason()).isEqualTo("delivery-limit");
            assertThat(letter.getDetail()).contains("delivered 2 times").contains("topics.taskDeliveries (3)");
            assertThat(RecordSerde.of(RolloutTask.class)
                            .decode(letter.getValue().array()))
                    .isEqualTo(task);
            assertThat(run.rollouts()).isEmpty();
        }
    }

    @Test
    void shouldStopAWorkerOnWhichEveryTaskFailsBeforeItDeadLettersThemAll() throws InterruptedException {
        try (WorkerRun run = run(Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.promptTooLargeToPublish("p");
            for (int i = 0; i < 20; i++) {
                run.task("p", 1, SAMPLING);
            }
            RolloutWorker worker = run.startWorker(WorkerRun.SMALL_REQUESTS);
            worker.awaitTermination();

            assertThat(worker.failure()).hasValueSatisfying(cause -> assertThat(cause)
                    .hasMessageContaining("8 tasks failed in a row")
                    .hasMessageContaining("RecordTooLargeException"));
            run.startWorker(Map.of());
            awaiting().until(() -> distinctIds(run).size() == 20);
            assertThat(run.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldReportThatTheShareGroupIsFullWithTheRemedy() throws InterruptedException {
        try (EmbeddedBroker small =
                        EmbeddedBroker.start(directory.resolve("small"), Map.of("group.share.max.size", "1"));
                WorkerRun run = new WorkerRun(
                        small.bootstrapServers(), BROKER.test(), directory.resolve("checkpoints"), Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, SAMPLING);
            run.startWorker(Map.of());
            awaiting().until(() -> run.rollouts().size() == 1);

            RolloutWorker second = run.startWorker(Map.of());
            second.awaitTermination();

            assertThat(second.failure()).hasValueSatisfying(cause -> assertThat(cause)
                    .hasMessageContaining(run.shareGroup())
                    .hasMessageContaining("group.share.max.size"));
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 2);
        }
    }

    @Test
    void shouldContinueWhenTheBrokerComesBack() {
        Path data = directory.resolve("broker");
        EmbeddedBroker own = EmbeddedBroker.start(data);
        try (WorkerRun run =
                new WorkerRun(own.bootstrapServers(), BROKER.test(), directory.resolve("checkpoints"), Map.of())) {
            run.publishVersion(0, WEIGHTS);
            run.prompt("p", "1+1=", "2");
            RolloutWorker worker = run.startWorker(Map.of());
            run.task("p", 1, SAMPLING);
            awaiting().until(() -> run.rollouts().size() == 1);

            own.close();
            own = EmbeddedBroker.start(data);
            run.publishVersion(1, OTHER_WEIGHTS);
            run.task("p", 1, SAMPLING);

            awaiting().until(() -> run.rollouts().size() >= 2);
            assertThat(worker.failure()).isEmpty();
        } finally {
            own.close();
        }
    }

    @Test
    void shouldNameTheBrokerThatDoesNotAnswer() throws IOException {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        try (RolloutWorker worker = new RolloutWorker(Config.of(
                Map.of("kafka.bootstrap.servers", "localhost:" + closedPort, "broker.connectTimeoutMs", "100")))) {
            assertThatThrownBy(worker::start)
                    .isInstanceOf(BrokerUnavailableException.class)
                    .hasMessageContaining("localhost:" + closedPort);
        }
    }

    @Test
    void shouldNameTheMissingTopicsAndRejectASecondStart() {
        try (RolloutWorker worker = new RolloutWorker(Config.of(
                Map.of("kafka.bootstrap.servers", BROKER.bootstrapServers(), "topics.prefix", BROKER.test())))) {
            assertThatThrownBy(worker::start)
                    .isInstanceOf(TopicsNotReadyException.class)
                    .hasMessageContaining("krpo topics create");
            assertThatThrownBy(worker::start).isInstanceOf(IllegalStateException.class);
        }
    }

    private WorkerRun run(Map<String, String> settings) {
        return new WorkerRun(BROKER.bootstrapServers(), BROKER.test(), directory, settings);
    }

    private static ConditionFactory awaiting() {
        return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
    }

    private static void awaitMembers(WorkerRun run, int members) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            // The group exists once its first member has joined.
            awaiting()
                    .ignoreExceptions()
                    .until(() -> admin
                                    .describeShareGroups(List.of(run.shareGroup()))
                                    .describedGroups()
                                    .get(run.shareGroup())
                                    .get()
                                    .members()
                                    .stream()
                                    .filter(member -> !member.assignment()
                                            .topicPartitions()
                                            .isEmpty())
                                    .count()
                            == members);
        }
    }

    /** Computed by a forward pass of the whole sequence, without a cache. */
    private static float[] wholeVocabulary(Rollout rollout) {
        float[] logProbs = PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs());
        float[] logMass = PrimitiveArrays.toFloats(rollout.getNucleusLogMass());
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] += logMass[i];
        }
        return logProbs;
    }

    private static float[] recomputed(Policy policy, Rollout rollout) {
        return recomputed(policy, rollout, rollout.getSampling().getTopP());
    }

    private static float[] recomputed(Policy policy, Rollout rollout, double topP) {
        int[] prompt = PrimitiveArrays.toInts(rollout.getPromptTokens());
        int[] completion = PrimitiveArrays.toInts(rollout.getCompletionTokens());
        long[] input = new long[prompt.length + completion.length - 1];
        long[] target = new long[completion.length];
        for (int i = 0; i < input.length; i++) {
            input[i] = i < prompt.length ? prompt[i] : completion[i - prompt.length];
        }
        for (int i = 0; i < target.length; i++) {
            target[i] = completion[i];
        }
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray logits = policy.logits(manager.create(input, new Shape(1, input.length)))
                    .get(":, " + (prompt.length - 1) + ":");
            NDArray targets = manager.create(target, new Shape(1, target.length));
            return LogProbs.ofTokens(logits, targets, rollout.getSampling().getTemperature(), topP)
                    .toFloatArray();
        }
    }

    private static String[] ids(RolloutTask task) {
        String[] ids = new String[task.getGroupSize()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = task.getTaskId() + "/" + i;
        }
        return ids;
    }

    private static List<Rollout> sorted(List<Rollout> rollouts) {
        return rollouts.stream()
                .sorted(Comparator.comparingInt(Rollout::getIndex))
                .toList();
    }

    private static Set<String> distinctIds(WorkerRun run) {
        return run.rollouts().stream().map(Rollout::getRolloutId).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<Long> versions(WorkerRun run) {
        return run.rollouts().stream()
                .flatMap(one -> one.getVersionRuns().stream())
                .map(TokenRun::getPolicyVersion)
                .collect(Collectors.toSet());
    }

    private static boolean isWhollyOfVersionOne(Rollout rollout) {
        return rollout.getVersionRuns().equals(List.of(new TokenRun(1L, tokens(rollout))));
    }

    private static int tokens(Rollout rollout) {
        return rollout.getCompletionTokens().size();
    }
}
