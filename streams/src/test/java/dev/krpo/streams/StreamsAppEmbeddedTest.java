package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicsNotReadyException;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Rollout;
import dev.krpo.streams.reestimate.EstimatorScore;
import dev.krpo.streams.reestimate.RecordedEstimates;
import dev.krpo.streams.reestimate.Reestimation;
import dev.krpo.testkit.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamsAppEmbeddedTest {

    private static final long SEED = 11;

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    Path stateDir;

    @Test
    void shouldTurnRolloutsIntoCommittedAdvantagesAndBaselines() {
        TopologyRun run = run("end-to-end", Map.of()).createTopics();
        List<Rollout> rollouts = rollouts(0, 400);
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts);

            List<AdvantageSample> samples = run.advantages(400);
            assertThat(samples)
                    .as("seed %d", SEED)
                    .extracting(AdvantageSample::getAdvantage)
                    .containsExactlyElementsOf(run.uninterrupted(400));
            assertThat(samples).extracting(AdvantageSample::getRollout).containsExactlyInAnyOrderElementsOf(rollouts);
            assertThat(run.await(Topic.BASELINES, KalmanState.class, 400)).hasSize(400);
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldReestimateARecordedRunWithoutModifyingIt() throws Exception {
        TopologyRun run = run("recorded", Map.of()).createTopics();
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts(0, 400));
            run.advantages(400);
        }
        Reestimation same = new Reestimation(run.config(), "recorded-same");
        List<Long> progress = new ArrayList<>();
        same.run((done, total) -> progress.add(done));

        assertThat(progress).last().isEqualTo(400L);
        TopologyRun again = run("recorded-same", Map.of());
        assertThat(again.advantages(400))
                .as("seed %d: the same estimator gives bit-identical advantages", SEED)
                .containsExactlyElementsOf(run.advantages(400));
        assertThat(run.advantages(400)).hasSize(400);

        // Reading a run does not require knowing its number of partitions.
        Reestimation other =
                new Reestimation(run.config("estimator.scale", "none", "topics.partitions", "5"), "recorded-unscaled");
        other.run((done, total) -> {});
        List<EstimatorScore> table = RecordedEstimates.compare(run.config(), List.of(same.target(), other.target()));
        assertThat(table).extracting(EstimatorScore::samples).containsExactly(400L, 400L, 400L);
        assertThat(table.get(1).advantageVariance()).isEqualTo(table.get(0).advantageVariance());
        assertThat(table.get(2).advantageVariance()).isLessThan(table.get(0).advantageVariance());
        assertThat(table.get(2).signAgreement()).isEqualTo(1);

        assertThatThrownBy(() -> new Reestimation(run.config(), "recorded-same").run((done, total) -> {}))
                .hasMessageContaining("recorded-same.advantages already holds a result");
        assertThatThrownBy(() -> new Reestimation(run.config(), "recorded").run((done, total) -> {}))
                .hasMessageContaining("the run's own");
    }

    /** Needs a real consumer: the boundaries of its polls determine when a punctuator would run. */
    @Test
    void shouldEstimateTheSameTwiceWithLateMembers() throws InterruptedException {
        TopologyRun run = run("late", Map.of("streams.groupTimeoutMs", "30")).createTopics();
        List<Rollout> members = membersOfWhichSomeAreLate();
        for (int from = 0; from < members.size(); from += 15) {
            run.produce(members.subList(from, from + 15));
        }

        List<List<AdvantageSample>> advantages = new ArrayList<>();
        for (String prefix : List.of("late-once", "late-twice")) {
            new Reestimation(run.config(), prefix).run((done, total) -> {});
            TopologyRun again = run(prefix, Map.of());
            advantages.add(again.read(Topic.ADVANTAGES, AdvantageSample.class));
            assertThat(again.read(Topic.DEAD_LETTERS, DeadLetter.class))
                    .as("seed %d", SEED)
                    .hasSizeGreaterThan(10)
                    .extracting(DeadLetter::getReason)
                    .containsOnly("late-for-group");
        }

        assertThat(advantages.get(0)).as("seed %d", SEED).hasSizeGreaterThan(500);
        assertThat(advantages.get(1)).as("seed %d", SEED).containsExactlyElementsOf(advantages.get(0));
    }

    /** 300 groups of three; every fifth member arrives 60 rollouts later, after its group's timeout. */
    private static List<Rollout> membersOfWhichSomeAreLate() {
        Random random = new Random(SEED);
        List<Rollout> members = new ArrayList<>();
        List<Rollout> late = new ArrayList<>();
        for (int group = 0; group < 300; group++) {
            for (int index = 0; index < 3; index++) {
                Rollout member = Rollouts.member("p" + group % 20, "g" + group, 3, index, random.nextInt(2))
                        .build();
                (random.nextInt(5) == 0 ? late : members).add(member);
            }
            if (late.size() >= 12) {
                members.addAll(late);
                late.clear();
            }
        }
        members.addAll(late);
        return members;
    }

    @Test
    void shouldNotScoreAgainstARejectedReward() {
        TopologyRun run = run("rejected", Map.of()).createTopics();
        List<Rollout> rollouts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rollouts.add(Rollouts.single("p1", "t" + i, i % 2, 0));
            rollouts.add(Rollouts.single("p1", "absurd-" + i, 1e50, 0));
        }
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts);
            run.advantages(20);
        }

        EstimatorScore score =
                RecordedEstimates.compare(run.config(), List.of()).get(0);

        assertThat(score.samples()).isEqualTo(20);
        assertThat(score.baselineError()).isLessThan(0.5);
    }

    @Test
    void shouldNotScoreSamplesThatTheFilterLeftOut() {
        TopologyRun run = run("left-out", Map.of("estimator.name", "grpo", "estimator.filter", "reinforce-rej"))
                .createTopics();
        List<Rollout> groups = new ArrayList<>();
        for (int group = 0; group < 10; group++) {
            for (int index = 0; index < 2; index++) {
                groups.add(Rollouts.member("p" + group, "g" + group, 2, index, group < 4 ? index : 1)
                        .build());
            }
        }
        try (StreamsApp app = run.startApp()) {
            run.produce(groups);
            run.advantages(20);
        }

        EstimatorScore score =
                RecordedEstimates.compare(run.config(), List.of()).get(0);

        assertThat(score.samples()).isEqualTo(8);
        assertThat(score.zeroSignal()).isZero();
    }

    @ParameterizedTest(name = "state directory deleted: {0}")
    @ValueSource(booleans = {false, true})
    void shouldResumeAfterARestartAsIfNothingHadHappened(boolean deleteState) throws IOException {
        TopologyRun run = run("restart-" + deleteState, Map.of()).createTopics();
        List<Rollout> first = rollouts(0, 300);
        try (StreamsApp app = run.startApp()) {
            run.produce(first);
            run.advantages(300);
        }
        if (deleteState) {
            delete(stateDir);
        }
        // Repeats from before the restart: the remembered rolloutIds must be restored too.
        run.produce(first.subList(250, 300));
        run.produce(rollouts(300, 600));

        try (StreamsApp app = run.startApp()) {
            assertThat(run.advantages(600))
                    .as("seed %d", SEED)
                    .extracting(AdvantageSample::getAdvantage)
                    .containsExactlyElementsOf(run.uninterrupted(650));
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldCompleteAGroupThatARestartInterrupted() {
        TopologyRun run =
                run("group-restart", Map.of("estimator.name", "krpo-reference")).createTopics();
        double[] rewards = {1, 0, 1, 0};
        List<Rollout> group = new ArrayList<>();
        for (int index = 0; index < rewards.length; index++) {
            group.add(Rollouts.member("p1", "g1", rewards.length, index, rewards[index])
                    .build());
        }
        List<Rollout> other = List.of(
                Rollouts.member("p1", "g2", 2, 0, 1).build(),
                Rollouts.member("p1", "g2", 2, 1, 0).build());
        try (StreamsApp app = run.startApp()) {
            run.produce(group.subList(2, 4));
            run.produce(other);
            run.advantages(2);
        }
        run.produce(group.subList(0, 2));

        try (StreamsApp app = run.startApp()) {
            assertThat(run.advantages(6).subList(2, 6))
                    .extracting(AdvantageSample::getAdvantage)
                    .containsExactly(0.09950271891968875, -7.048125460439465, 5.814688674569243, -9.960067348383483);
        }
    }

    @Test
    void shouldCloseAGroupByTheWallClockWhenNothingElseArrives() {
        TopologyRun run = run("group-timeout", Map.of("estimator.name", "grpo", "streams.groupTimeoutMs", "500"))
                .createTopics();
        try (StreamsApp app = run.startApp()) {
            run.produce(List.of(
                    Rollouts.member("p1", "g1", 3, 0, 1).build(),
                    Rollouts.member("p1", "g1", 3, 2, 0).build(),
                    Rollouts.member("p2", "g2", 3, 1, 0).build()));

            assertThat(run.advantages(2))
                    .extracting(sample -> sample.getRollout().getIndex())
                    .containsExactly(0, 2);
            assertThat(run.await(Topic.DEAD_LETTERS, DeadLetter.class, 1))
                    .extracting(DeadLetter::getReason)
                    .containsExactly("group-timeout");
        }
    }

    @Test
    void shouldReturnTheBeliefOfAPrompt() {
        TopologyRun run = run("query", Map.of()).createTopics();
        StreamsApp app = new StreamsApp(run.config());
        assertThatThrownBy(() -> app.baseline("default", "arithmetic", "p1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CREATED")
                .hasMessageContaining("isRunning()");
        try (app) {
            app.start();
            run.produce(rollouts(0, 40));
            List<KalmanState> baselines = run.await(Topic.BASELINES, KalmanState.class, 40);
            Awaitility.await().atMost(TopologyRun.PATIENCE).until(app::isRunning);

            KalmanState newest = baselines.stream()
                    .filter(state -> state.getPromptId().equals("p3"))
                    .max(Comparator.comparingLong(KalmanState::getObservations))
                    .orElseThrow();
            assertThat(app.baseline("default", "arithmetic", "p3")).contains(newest);
            assertThat(app.baseline("default", "arithmetic", "never-asked")).isEmpty();
            assertThat(app.baseline("another", "arithmetic", "p3")).isEmpty();
        }
    }

    @Test
    void shouldNotStartWithoutItsTopicsAndNameTheCommand() {
        TopologyRun run = run("no-topics", Map.of());
        try (StreamsApp app = new StreamsApp(run.config())) {
            assertThatThrownBy(app::start)
                    .isInstanceOf(TopicsNotReadyException.class)
                    .hasMessageContaining("no-topics.rollouts is missing")
                    .hasMessageContaining("krpo topics create");
            assertThat(app.isRunning()).isFalse();
        }
    }

    @Test
    void shouldCloseWithinSecondsAndReleaseWaitingThreads() throws InterruptedException {
        TopologyRun run = run("close", Map.of()).createTopics();
        StreamsApp app = run.startApp();
        run.produce(rollouts(0, 10));

        long start = System.nanoTime();
        app.close();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        app.awaitTermination();
        assertThat(app.isRunning()).isFalse();
        assertThat(app.failure()).isEmpty();
    }

    @Test
    void shouldStopAndKeepTheFailureWhenItsSourceDisappears() throws InterruptedException, ExecutionException {
        TopologyRun run =
                run("source-gone", Map.of("kafka.metadata.max.age.ms", "500")).createTopics();
        try (StreamsApp app = run.startApp();
                Admin admin = run.cluster().admin()) {
            admin.deleteTopics(List.of(run.name(Topic.ROLLOUTS))).all().get();

            app.awaitTermination();

            assertThat(app.failure()).isPresent();
            assertThat(app.isRunning()).isFalse();
        }
    }

    private TopologyRun run(String prefix, Map<String, String> more) {
        TopologyRun run = TopologyRun.of(BROKER, prefix, stateDir);
        run.set(more);
        return run;
    }

    /** Rollouts from..to of one fixed random sequence over seven prompts and growing versions. */
    private static List<Rollout> rollouts(int from, int to) {
        Random random = new Random(SEED);
        List<Rollout> rollouts = new ArrayList<>();
        for (int i = 0; i < to; i++) {
            rollouts.add(Rollouts.single(
                    "p" + random.nextInt(7), "t" + i, random.nextInt(2), Math.max(0, i / 20 - random.nextInt(3))));
        }
        return rollouts.subList(from, to);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
