package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoReferenceEstimator;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.streams.processor.TopologyNames;
import dev.krpo.streams.store.OpenGroup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimators that compare the members of a group wait for the group, but not forever. */
class GroupAssemblyTest {

    private static final long SEED = 7;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** Time of a producer's clock. */
    private static final Duration JUMP = Duration.ofHours(10);

    private static final List<String> STORES =
            List.of(TopologyNames.OPEN_GROUPS, TopologyNames.GROUP_MEMBERS, TopologyNames.RECENT_IDS);

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @AfterEach
    void stop() {
        topology.close();
    }

    @Test
    void shouldWaitForTheLastMemberAndApplyTheIndexOrderNotTheArrivalOrder() {
        start("krpo-reference");
        double[] rewards = {1, 0, 1, 0};
        for (int index : new int[] {2, 0, 3}) {
            topology.pipe(member("g", 4, index, rewards[index]));
            assertThat(topology.advantages()).isEmpty();
        }
        topology.pipe(member("g", 4, 1, rewards[1]));

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples)
                .extracting(AdvantageSample::getAdvantage)
                .containsExactly(0.09950271891968875, -7.048125460439465, 5.814688674569243, -9.960067348383483);
        assertThat(samples).extracting(AdvantageSample::getOrder).containsExactly(0, 1, 2, 3);
        assertThat(samples).extracting(sample -> sample.getRollout().getIndex()).containsExactly(0, 1, 2, 3);
        assertThat(samples).extracting(AdvantageSample::getEstimator).containsOnly("krpo-reference");
        assertThat(samples).extracting(AdvantageSample::getObservations).containsOnly(0L);
        assertThat(topology.baselineRecords()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldForwardEachMemberWithItsOwnTimestampAndHeaders() {
        start("grpo");
        for (int index : new int[] {1, 0}) {
            RecordHeaders headers = new RecordHeaders();
            headers.add("index", Integer.toString(index).getBytes(StandardCharsets.UTF_8));
            headers.add("none", null);
            topology.pipe(new TestRecord<>(
                    TopologyHarness.key("p1"),
                    TopologyHarness.encode(member("g", 2, index, index)),
                    headers,
                    Instant.ofEpochMilli(TopologyHarness.START + 10L * index)));
        }

        List<TestRecord<String, AdvantageSample>> records = topology.advantageRecords();
        for (int index = 0; index < 2; index++) {
            TestRecord<String, AdvantageSample> record = records.get(index);
            assertThat(record.value().getRollout()).isEqualTo(member("g", 2, index, index));
            assertThat(record.timestamp()).isEqualTo(TopologyHarness.START + 10L * index);
            assertThat(new String(record.headers().lastHeader("index").value(), StandardCharsets.UTF_8))
                    .isEqualTo(Integer.toString(index));
            assertThat(record.headers().lastHeader("none").value()).isNull();
            assertThat(record.value().getEstimatedAtMs()).isEqualTo(TopologyHarness.START + 10);
        }
    }

    @Test
    void shouldAssembleManyInterleavedGroupsInAnyOrderOfArrival() {
        start("krpo-reference");
        Random random = new Random(SEED);
        int groups = 200;
        int size = 12;
        List<Rollout> rollouts = new ArrayList<>();
        Map<String, List<Observation>> rewards = new HashMap<>();
        for (int group = 0; group < groups; group++) {
            for (int index = 0; index < size; index++) {
                double reward = random.nextDouble();
                // g1 is the beginning of g10, and prompts share group names.
                rollouts.add(Rollouts.member("p" + group % 3, "g" + group, size, index, reward)
                        .build());
                rewards.computeIfAbsent("g" + group, name -> new ArrayList<>()).add(new Observation(reward, 0));
            }
        }
        Collections.shuffle(rollouts, random);
        rollouts.forEach(topology::pipe);

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples).as("seed %d", SEED).hasSize(groups * size);
        for (int group = 0; group < groups; group++) {
            List<AdvantageSample> members = samples.subList(group * size, (group + 1) * size);
            List<Advantage> expected = new KrpoReferenceEstimator()
                    .estimate(
                            State.UNSEEN,
                            rewards.get(members.get(0).getRollout().getGroupId()))
                    .advantages();
            assertThat(members)
                    .as("seed %d", SEED)
                    .extracting(AdvantageSample::getAdvantage)
                    .containsExactlyElementsOf(
                            expected.stream().map(Advantage::advantage).toList());
        }
        assertThatNothingWaits();
    }

    @Test
    void shouldEstimateArrivedMembersWhenTheWallClockTimeoutExpires() {
        start("grpo");
        topology.pipe(member("g", 4, 3, 1));
        topology.pipe(member("g", 4, 1, 0));
        topology.driver.advanceWallClockTime(TIMEOUT.minusSeconds(1));
        assertThat(topology.advantages()).isEmpty();

        topology.driver.advanceWallClockTime(TIMEOUT);

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples).extracting(sample -> sample.getRollout().getIndex()).containsExactly(1, 3);
        assertThat(samples).extracting(AdvantageSample::getOrder).containsExactly(0, 1);
        assertThat(topology.deadLetters()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldEstimateArrivedMembersWhenTheStreamTimeTimeoutExpires() {
        start("grpo", "streams.groupClock", "stream");
        topology.pipe(member("g", 4, 3, 1));
        topology.pipe(member("g", 4, 1, 0));
        topology.driver.advanceWallClockTime(TIMEOUT.multipliedBy(5));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(new TestRecord<>(
                TopologyHarness.key("p1"),
                TopologyHarness.encode(member("h", 2, 0, 0)),
                Instant.ofEpochMilli(TopologyHarness.START).plus(TIMEOUT).plusMillis(1)));

        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getGroupId())
                .containsExactly("g", "g");
    }

    @Test
    void shouldCloseTimedOutGroupsBeforeTheRecordAndOldestFirst() {
        start("krpo", "streams.groupClock", "stream");
        for (String group : List.of("c", "a", "b")) {
            pipeAt(Rollouts.member("p" + group, group, 3, 0, 1).build(), Duration.ofMillis(group.equals("b") ? 2 : 1));
        }
        pipeAt(Rollouts.member("p4", "young", 3, 0, 1).build(), TIMEOUT);
        assertThat(topology.advantages()).isEmpty();

        pipeAt(Rollouts.member("pb", "b", 3, 1, 1).build(), TIMEOUT.plusMillis(2));

        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getGroupId())
                .as("the oldest first, then by name")
                .containsExactly("a", "c", "b");
        assertThat(topology.deadLetter().getReason())
                .as("the record that advanced the stream arrived after b had closed")
                .isEqualTo("late-for-group");
    }

    @Test
    void shouldNotCloseAGroupByItsTimestampsWhenUsingTheWallClock() {
        start("grpo");
        pipeAt(member("g", 3, 0, 1), Duration.ZERO);
        pipeAt(member("g", 3, 1, 0), JUMP);
        topology.driver.advanceWallClockTime(TIMEOUT.dividedBy(2));
        assertThat(topology.advantages()).isEmpty();

        pipeAt(member("g", 3, 2, 1), JUMP.negated());

        assertThat(topology.advantages()).hasSize(3);
        assertThat(topology.deadLetters()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldLoseNoMemberWhenTheStreamJumpsAheadAndBack() {
        start("grpo", "streams.groupClock", "stream");
        pipeAt(member("g", 4, 0, 1), Duration.ZERO);
        pipeAt(member("g", 4, 1, 0), Duration.ZERO);
        pipeAt(member("h", 2, 0, 1), JUMP);
        assertThat(topology.advantages())
                .as("g closes early, with the members it has")
                .hasSize(2);

        pipeAt(member("g", 4, 2, 1), Duration.ofSeconds(1));
        assertThat(topology.deadLetter().getReason()).isEqualTo("late-for-group");

        for (int i = 0; i < 2 * TIMEOUT.toSeconds(); i++) {
            pipeAt(member("other-" + i, 2, 0, 1), JUMP.negated().plusSeconds(i));
        }
        assertThat(topology.advantages())
                .as("stream time does not advance until the stream catches up")
                .isEmpty();
        pipeAt(member("h", 2, 1, 0), JUMP.negated());
        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldRejectALoneMemberAtTheTimeoutSoThatItIsNotLost() {
        start("grpo");
        Rollout lone = member("g", 4, 2, 1);
        topology.pipe(lone);

        topology.driver.advanceWallClockTime(TIMEOUT.multipliedBy(2));

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("group-timeout");
        assertThat(letter.getDetail())
                .contains("1 of 4 members of group 'g'")
                .contains("streams.groupTimeoutMs (60000)");
        assertThat(letter.getValue()).isEqualTo(java.nio.ByteBuffer.wrap(TopologyHarness.encode(lone)));
        assertThat(letter.getSourceOffset()).isZero();
        assertThat(topology.advantages()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldAcceptARejectedGroupWhenItIsRedriven() {
        start("grpo");
        topology.pipe(member("g", 2, 0, 1));
        topology.driver.advanceWallClockTime(Duration.ofMinutes(2));
        assertThat(topology.deadLetter().getReason()).isEqualTo("group-timeout");

        topology.pipe(member("g", 2, 1, 0));
        topology.pipe(member("g", 2, 0, 1));

        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldAcceptAGroupThatOverflowedOnceTheSettingIsFixed() {
        start("ngrpo", "estimator.maxReward", "1e200");
        topology.pipe(member("g", 2, 0, 1));
        topology.pipe(member("g", 2, 1, 0));

        List<TestRecord<byte[], DeadLetter>> letters = topology.deadLetters();
        assertThat(letters).hasSize(2).allSatisfy(letter -> {
            assertThat(letter.value().getReason()).isEqualTo("advantage-not-finite");
            assertThat(letter.value().getDetail()).contains("ngrpo").contains("estimator.*");
        });
        restart("ngrpo", "estimator.maxReward", "1");
        topology.pipe(member("g", 2, 0, 1));
        topology.pipe(member("g", 2, 1, 0));

        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldRejectMembersThatNewSettingsExcludeFromAnOpenGroupAndEstimateTheRest() {
        start("grpo");
        topology.pipe(member("g", 4, 0, 7));
        topology.pipe(member("g", 4, 1, 0));
        topology.pipe(member("g", 4, 2, 1));
        restart("mapo");
        topology.pipe(member("g", 4, 3, 0));

        assertThat(topology.deadLetter().getReason()).isEqualTo("reward-out-of-range");
        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getIndex())
                .containsExactly(1, 2, 3);
        assertThatNothingWaits();
    }

    @Test
    void shouldRejectAnOpenGroupThatTheNewFilterCannotJudgeAndAcceptItOnceFixed() {
        start("grpo");
        topology.pipe(member("g", 2, 0, 1));
        restart("grpo", "estimator.filter", "dynamic-sampling", "estimator.filterComponent", "accuracy");
        topology.pipe(judged(1));

        assertThat(topology.deadLetters())
                .extracting(letter -> letter.value().getReason())
                .containsExactly("filter-component-missing", "too-few-members");
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(judged(0));
        topology.pipe(judged(1));
        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
        assertThatNothingWaits();
    }

    private static Rollout judged(int index) {
        return Rollouts.member("p1", "g", 2, index, index)
                .setRewardComponents(Map.of("accuracy", (double) index))
                .build();
    }

    @Test
    void shouldWaitAtMostOneTimeoutForAGroupOpenedWithAClockAhead() {
        start("grpo");
        topology.pipe(member("g", 3, 0, 1));
        topology.pipe(member("g", 3, 1, 0));
        KeyValueStore<String, OpenGroup> open = topology.store(TopologyNames.OPEN_GROUPS);
        try (KeyValueIterator<String, OpenGroup> groups = open.all()) {
            String id = groups.next().key;
            open.put(id, open.get(id).openedAt(TopologyHarness.START + JUMP.toMillis()));
        }
        Duration check = TIMEOUT.dividedBy(4);
        topology.driver.advanceWallClockTime(check);
        topology.driver.advanceWallClockTime(TIMEOUT.minus(check));
        assertThat(topology.advantages()).isEmpty();

        topology.driver.advanceWallClockTime(check);

        assertThat(topology.advantages()).hasSize(2);
    }

    @Test
    void shouldEstimateALoneMemberAtTheTimeoutWhenTheFilterHasAHistory() {
        start("krpo");
        topology.pipe(member("g", 4, 2, 1));
        assertThat(topology.advantages()).isEmpty();

        topology.driver.advanceWallClockTime(TIMEOUT.multipliedBy(2));

        assertThat(topology.advantages()).hasSize(1);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldRejectAMemberThatArrivesAfterItsGroupWasEstimated() {
        start("grpo");
        topology.pipe(member("g", 3, 0, 1));
        topology.pipe(member("g", 3, 1, 0));
        topology.driver.advanceWallClockTime(TIMEOUT.multipliedBy(2));
        topology.advantages();

        topology.pipe(member("g", 3, 2, 1));

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("late-for-group");
        assertThat(letter.getDetail()).contains("group 'g'").contains("index 2").contains("groupTimeoutMs");
        assertThat(topology.advantages()).isEmpty();
        assertThatNothingWaits();
    }

    @Test
    void shouldRejectAMemberWhoseGroupSizeDiffers() {
        start("grpo");
        topology.pipe(member("g", 3, 0, 1));
        topology.pipe(member("g", 4, 3, 1));

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("group-size-differs");
        assertThat(letter.getDetail()).contains("groupSize is 4").contains("began with 3");
    }

    @Test
    void shouldRejectARepeatedIndexUnderAnotherRolloutId() {
        start("grpo");
        topology.pipe(member("g", 3, 0, 1));
        topology.pipe(
                Rollouts.member("p1", "g", 3, 0, 1).setRolloutId("another").build());

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("index-repeated");
        assertThat(letter.getDetail()).contains("index 0").contains("'another'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpo", "krpo-reference"})
    void shouldRejectAGroupOfOneWhenThereIsNoHistory(String estimator) {
        start(estimator);
        topology.pipe(Rollouts.single("p1", "t1", 1, 0));

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("group-too-small");
        assertThat(letter.getDetail())
                .contains("groupSize is 1")
                .contains(estimator)
                .contains("estimator.name=krpo");
    }

    @Test
    void shouldDropARepeatedMemberWhileTheGroupWaits() {
        start("grpo");
        topology.pipe(member("g", 2, 0, 1));
        topology.pipe(member("g", 2, 0, 1));
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(member("g", 2, 1, 0));

        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldRejectMembersOfAGroupThatDifferInPolicyOrDatasetOrPrompt() {
        start("grpo");
        topology.pipe(member("g", 2, 0, 1));
        topology.pipe(Rollouts.member("p1", "g", 2, 1, 0).setPolicyName("other").build());
        topology.pipe(Rollouts.member("p1", "g", 2, 1, 0).setDataset("poems").build());
        topology.pipe(Rollouts.member("p2", "g", 2, 1, 0).build());

        assertThat(topology.advantages()).isEmpty();
        assertThat(topology.deadLetters())
                .extracting(TestRecord::value)
                .allSatisfy(letter -> {
                    assertThat(letter.getReason()).isEqualTo("group-mixed");
                    assertThat(letter.getDetail())
                            .contains("began with policy 'default', dataset 'arithmetic', prompt 'p1'")
                            .contains("give each its own groupId");
                })
                .extracting(DeadLetter::getDetail)
                .satisfiesExactly(
                        policy -> assertThat(policy).contains("of policy 'other'"),
                        dataset -> assertThat(dataset).contains("dataset 'poems'"),
                        prompt -> assertThat(prompt).contains("prompt 'p2'"));

        topology.pipe(member("g", 2, 1, 0));
        assertThat(topology.advantages()).as("the group continues as it began").hasSize(2);
        assertThatNothingWaits();
    }

    @Test
    void shouldNotWaitForTheGroupWhenTheBaselineIsThePrior() {
        start("krpo", "estimator.baseline", "prior");
        topology.pipe(member("g", 8, 5, 1));
        topology.pipe(member("g", 8, 2, 0));

        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getIndex())
                .containsExactly(5, 2);
    }

    @Test
    void shouldIncludeTheOtherGroupMembersInTheBaseline() {
        start("krpo");
        topology.pipe(member("g", 2, 0, 1));
        topology.pipe(member("g", 2, 1, 0));

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples.get(0).getBaseline()).isLessThan(0.5);
        assertThat(samples.get(1).getBaseline()).isGreaterThan(0.5);
        assertThat(topology.baselineRecords()).hasSize(1);
        topology.pipe(Rollouts.single("p1", "next", 1, 0));
        assertThat(topology.advantages().get(0).getObservations()).isEqualTo(2);
    }

    private void start(String estimator, String... more) {
        topology = new TopologyHarness(stateDir, estimator, more);
    }

    /** Restarts with other settings and the same state. */
    private void restart(String estimator, String... more) {
        Map<String, Map<String, Object>> stores = new HashMap<>();
        for (String store : STORES) {
            Map<String, Object> entries = new HashMap<>();
            try (KeyValueIterator<String, Object> all = topology.store(store).all()) {
                all.forEachRemaining(entry -> entries.put(entry.key, entry.value));
            }
            stores.put(store, entries);
        }
        topology.close();
        start(estimator, more);
        stores.forEach((store, entries) -> entries.forEach(topology.store(store)::put));
    }

    private void pipeAt(Rollout rollout, Duration afterStart) {
        topology.pipe(new TestRecord<>(
                TopologyHarness.key(rollout.getPromptId()),
                TopologyHarness.encode(rollout),
                Instant.ofEpochMilli(TopologyHarness.START).plus(afterStart)));
    }

    private static Rollout member(String group, int size, int index, double reward) {
        return Rollouts.member("p1", group, size, index, reward).build();
    }

    private void assertThatNothingWaits() {
        for (String store : List.of(TopologyNames.OPEN_GROUPS, TopologyNames.GROUP_MEMBERS)) {
            try (KeyValueIterator<String, Object> entries =
                    topology.store(store).all()) {
                assertThat(entries).as(store).isExhausted();
            }
        }
    }
}
