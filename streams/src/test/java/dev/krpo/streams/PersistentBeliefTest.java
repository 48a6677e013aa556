package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.State;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import dev.krpo.settings.Config;
import dev.krpo.streams.processor.TopologyNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests estimator krpo at group size 1: nothing waits and everything is remembered. */
class PersistentBeliefTest {

    private static final long SEED = 11;

    @TempDir
    Path stateDir;

    private final Estimator estimator = Estimators.of(Config.defaults());
    private TopologyHarness topology;

    @BeforeEach
    void start() {
        topology = new TopologyHarness(stateDir, Map.of());
    }

    @AfterEach
    void stop() {
        topology.close();
    }

    @Test
    void shouldEmitTheAdvantageRightAfterTheRollout() {
        for (int task = 0; task < 3; task++) {
            topology.pipe(Rollouts.single("p1", "t" + task, 1, 0));

            assertThat(topology.advantages()).hasSize(1);
        }
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldFilterEachPromptAcrossGroupsAndVersionsAsTheEstimatorDoes() {
        State state = State.UNSEEN;
        double[] rewards = {1, 0, 1, 1};
        for (int i = 0; i < rewards.length; i++) {
            Estimate expected = estimator.estimate(state, List.of(Rollouts.observation(rewards[i], 2L * i)));
            state = expected.state();

            topology.pipe(Rollouts.single("p1", "t" + i, rewards[i], 2L * i));

            AdvantageSample sample = topology.advantages().get(0);
            Advantage advantage = expected.advantages().get(0);
            assertThat(sample.getAdvantage()).isEqualTo(advantage.advantage());
            assertThat(sample.getBaseline()).isEqualTo(advantage.baseline());
            assertThat(sample.getVariance()).isEqualTo(advantage.variance());
            assertThat(sample.getEstimator()).isEqualTo("krpo");
            assertThat(sample.getOrder()).isZero();
            assertThat(sample.getObservations()).isEqualTo(i);
        }
        List<TestRecord<String, KalmanState>> baselines = topology.baselineRecords();
        assertThat(baselines).hasSize(4).allMatch(record -> record.key().equals("7:default10:arithmetic2:p1"));
        assertThat(baselines.get(3).value())
                .isEqualTo(new KalmanState(
                        "p1",
                        "arithmetic",
                        state.prompt().mean(),
                        state.prompt().variance(),
                        4L,
                        6L,
                        TopologyHarness.START + 3,
                        0.0,
                        state.prompt().weighted().mean(),
                        "default"));
    }

    @Test
    void shouldKeepTheRolloutUnchangedWithItsTimestampAndHeaders() {
        Rollout rollout = Rollouts.single("p1", "t1", 1, 0);
        RecordHeaders headers = new RecordHeaders();
        headers.add("traceparent", "00-ab".getBytes(StandardCharsets.UTF_8));

        topology.pipe(new TestRecord<>(
                TopologyHarness.key("p1"),
                TopologyHarness.encode(rollout),
                headers,
                Instant.ofEpochMilli(TopologyHarness.START + 77)));

        TestRecord<String, AdvantageSample> record = topology.advantageRecords().get(0);
        assertThat(record.key()).isEqualTo("p1");
        assertThat(record.value().getRollout()).isEqualTo(rollout);
        assertThat(record.timestamp()).isEqualTo(TopologyHarness.START + 77);
        assertThat(record.headers()).isEqualTo(headers);
    }

    @Test
    void shouldUseStreamTimeAsTheTimeOfTheEstimate() {
        pipeAt(topology, "t1", 1_000);
        pipeAt(topology, "t2", 400);

        List<TestRecord<String, AdvantageSample>> records = topology.advantageRecords();
        assertThat(records.get(1).timestamp()).isEqualTo(TopologyHarness.START + 400);
        assertThat(records.get(1).value().getEstimatedAtMs()).isEqualTo(TopologyHarness.START + 1_000);
    }

    @Test
    void shouldCountACompletionAsOldAsItsOldestToken() {
        topology.pipe(Rollouts.single("p1", "t1", 1, 5));
        State known = estimator
                .estimate(State.UNSEEN, List.of(Rollouts.observation(1, 5)))
                .state();
        topology.advantages();

        topology.pipe(Rollouts.member("p1", "t2", 1, 0, 0)
                .setVersionRuns(List.of(new TokenRun(3L, 1), new TokenRun(9L, 2)))
                .build());

        assertThat(topology.advantages().get(0).getAdvantage())
                .isEqualTo(estimator
                        .estimate(known, List.of(Rollouts.observation(0, 3)))
                        .advantages()
                        .get(0)
                        .advantage());
    }

    @Test
    void shouldStartANewPromptFromThePriorOfItsDataset() {
        for (int i = 0; i < 50; i++) {
            topology.pipe(Rollouts.single("p" + i, "t" + i, 0, 0));
        }
        topology.advantages();
        topology.pipe(Rollouts.single("same", "t-same", 1, 0));
        topology.pipe(
                Rollouts.member("other", "t-other", 1, 0, 1).setDataset("poems").build());

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples.get(0).getBaseline()).isLessThan(0.1);
        assertThat(samples.get(1).getBaseline()).isEqualTo(0.5);
    }

    @Test
    void shouldKeepTheAdaptedNoiseOfPromptsAndDatasets() {
        Map<String, String> config = Map.of("estimator.observationNoise", "adaptive");
        Estimator adaptive = Estimators.of(Config.of(config));
        State state = State.UNSEEN;
        try (TopologyHarness adapting = new TopologyHarness(stateDir.resolve("adaptive"), config)) {
            for (int i = 0; i < 3; i++) {
                Estimate expected = adaptive.estimate(state, List.of(Rollouts.observation(i % 2, i)));
                state = expected.state();

                adapting.pipe(Rollouts.single("p1", "t" + i, i % 2, i));

                assertThat(adapting.advantages().get(0).getVariance())
                        .isEqualTo(expected.advantages().get(0).variance());
                assertThat(adapting.baselineRecords().get(0).value().getAdaptedNoise())
                        .isEqualTo(state.prompt().adaptedNoise())
                        .isPositive();
            }
        }
    }

    @Test
    void shouldDropARepeatedRolloutIdAndCountIt() {
        Rollout rollout = Rollouts.single("p1", "t1", 1, 0);
        topology.pipe(rollout);
        topology.pipe(rollout);
        topology.pipe(Rollouts.member("p1", "t1", 1, 0, 0).build());

        assertThat(topology.advantages()).hasSize(1);
        assertThat(topology.baselineRecords()).hasSize(1);
        assertThat(topology.deadLetters()).isEmpty();
        assertThat(topology.driver.metrics().entrySet().stream()
                        .filter(metric -> metric.getKey().name().equals("duplicates-total"))
                        .map(metric -> metric.getValue().metricValue()))
                .containsExactly(2.0);
    }

    @Test
    void shouldRememberTheNewestRolloutIdsOfEachPromptRegardlessOfTime() {
        try (TopologyHarness small =
                new TopologyHarness(stateDir.resolve("small"), Map.of("streams.deduplicationIds", "16"))) {
            small.pipe(Rollouts.single("p1", "first", 1, 0));
            for (int i = 0; i < 15; i++) {
                small.pipe(Rollouts.single("p1", "t" + i, 1, 0));
                small.pipe(Rollouts.single("p2", "other-" + i, 1, 0));
                small.pipe(Rollouts.single("p2", "another-" + i, 1, 0));
            }
            small.advantages();

            pipeAt(small, "first", Duration.ofDays(365).toMillis());
            assertThat(small.advantages()).isEmpty();

            pipeAt(small, "sixteenth", Duration.ofDays(365).toMillis());
            pipeAt(small, "first", Duration.ofDays(365).toMillis());
            assertThat(small.advantages()).hasSize(2);
            pipeAt(small, "t1", Duration.ofDays(365).toMillis());
            assertThat(small.advantages()).isEmpty();
        }
    }

    @Test
    void shouldEstimateTheSameRegardlessOfJumpingTimestamps() {
        Random random = new Random(SEED);
        long jump = Duration.ofHours(10).toMillis();
        try (TopologyHarness steady = new TopologyHarness(stateDir.resolve("steady"), Map.of())) {
            for (int i = 0; i < 300; i++) {
                // One in ten ids is repeated.
                String task = "t" + (i - (random.nextInt(10) == 0 && i > 0 ? 1 : 0));
                Rollout rollout = Rollouts.single("p" + task.hashCode() % 3, task, random.nextInt(2), i / 10);
                pipeAt(steady, rollout, i);
                pipeAt(topology, rollout, i + jump * (random.nextInt(3) - 1));
            }
            assertThat(topology.advantages())
                    .as("seed %d", SEED)
                    .hasSizeLessThan(300)
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("estimatedAtMs")
                    .isEqualTo(steady.advantages());
            assertThat(topology.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldKeepNoPromptsWhenTheEstimatorHasNoHistory() {
        try (TopologyHarness grpo = new TopologyHarness(stateDir.resolve("grpo"), Map.of("estimator.name", "grpo"))) {
            grpo.pipe(Rollouts.member("p1", "t1", 2, 0, 1).build());
            grpo.pipe(Rollouts.member("p1", "t1", 2, 1, 0).build());

            assertThat(grpo.advantages()).hasSize(2);
            assertThat(grpo.driver.getAllStateStores()).doesNotContainKey(TopologyNames.PROMPT_FILTERS);
        }
    }

    private static void pipeAt(TopologyHarness topology, String taskId, long afterStartMs) {
        pipeAt(topology, Rollouts.single("p1", taskId, 1, 0), afterStartMs);
    }

    private static void pipeAt(TopologyHarness topology, Rollout rollout, long afterStartMs) {
        topology.pipe(new TestRecord<>(
                TopologyHarness.key(rollout.getPromptId()),
                TopologyHarness.encode(rollout),
                Instant.ofEpochMilli(TopologyHarness.START + afterStartMs)));
    }
}
