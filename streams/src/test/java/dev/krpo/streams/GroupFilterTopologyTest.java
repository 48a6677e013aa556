package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Samples left out by a sample filter are neither trained on nor lost. */
class GroupFilterTopologyTest {

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @AfterEach
    void stop() {
        topology.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reinforce-rej", "dynamic-sampling"})
    void shouldWriteGroupsOfEqualRewardsUnderTheFiltersNameWithAdvantageZero(String filter) {
        start("grpo", "estimator.filter", filter);
        pipe("right", 1, 1, 1);
        pipe("wrong", 0, 0, 0);
        pipe("mixed", 1, 0, 0);

        List<AdvantageSample> samples = topology.advantages();

        assertThat(samples)
                .extracting(sample -> sample.getRollout().getRolloutId())
                .containsExactly(
                        "right/0", "right/1", "right/2", "wrong/0", "wrong/1", "wrong/2", "mixed/0", "mixed/1",
                        "mixed/2");
        assertThat(samples.subList(0, 6)).allSatisfy(sample -> {
            assertThat(sample.getLeftOut()).isEqualTo(filter);
            assertThat(sample.getAdvantage()).isZero();
            assertThat(sample.getBaseline()).isZero();
            assertThat(sample.getVariance()).isZero();
            assertThat(sample.getEstimator()).isEqualTo("grpo");
        });
        assertThat(samples.subList(6, 9))
                .extracting(AdvantageSample::getLeftOut)
                .containsOnly("");
        // (1 - 1/3)/sqrt(1/3) and (0 - 1/3)/sqrt(1/3).
        double first = 2 / Math.sqrt(3);
        assertThat(samples.get(6).getAdvantage()).isCloseTo(first, within(1e-6));
        assertThat(samples.get(7).getAdvantage()).isCloseTo(-first / 2, within(1e-6));
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldTrainOnTheMostDiverseRewardsNormalisedAmongThemselves() {
        start("grpo", "estimator.filter", "pods", "estimator.podsKeep", "2");
        pipe("g", 0.5, 1, 0.25, 0, 0.75);

        List<AdvantageSample> samples = topology.advantages();

        assertThat(samples).extracting(AdvantageSample::getLeftOut).containsExactly("pods", "", "pods", "", "pods");
        assertThat(samples).extracting(AdvantageSample::getOrder).containsExactly(0, 1, 2, 3, 4);
        assertThat(samples.get(1).getBaseline()).isEqualTo(0.5);
        assertThat(samples.get(1).getAdvantage()).isCloseTo(Math.sqrt(0.5), within(1e-6));
        assertThat(samples.get(3).getAdvantage()).isCloseTo(-Math.sqrt(0.5), within(1e-6));
    }

    @Test
    void shouldUpdateTheKalmanFilterWithRewardsThatAreLeftOut() {
        start("krpo", "estimator.filter", "dynamic-sampling");
        pipe("g", 1, 1);
        List<TestRecord<String, KalmanState>> filtered = topology.baselineRecords();
        List<AdvantageSample> samples = topology.advantages();
        topology.close();
        start("krpo");
        pipe("g", 1, 1);

        assertThat(filtered)
                .extracting(TestRecord::value)
                .isEqualTo(topology.baselineRecords().stream()
                        .map(TestRecord::value)
                        .toList());
        assertThat(filtered.get(0).value().getObservations()).isEqualTo(2);
        List<AdvantageSample> unfiltered = topology.advantages();
        assertThat(unfiltered).extracting(AdvantageSample::getAdvantage).doesNotContain(0.0);
        assertThat(samples).hasSize(2).allSatisfy(sample -> {
            assertThat(sample.getLeftOut()).isEqualTo("dynamic-sampling");
            assertThat(sample.getAdvantage()).isZero();
            assertThat(sample.getBaseline()).isEqualTo(unfiltered.get(0).getBaseline());
        });
    }

    @Test
    void shouldCompareTheComponentSoThatLengthDoesNotHideThatAllAreWrong() {
        start("grpo", "estimator.filter", "dynamic-sampling", "estimator.filterComponent", "exact-match");
        for (int index = 0; index < 2; index++) {
            topology.pipe(Rollouts.member("p1", "g", 2, index, -0.5 * index)
                    .setRewardComponents(Map.of("exact-match", 0.0, "overlong", -0.5 * index))
                    .build());
        }

        assertThat(topology.advantages())
                .extracting(AdvantageSample::getLeftOut)
                .containsExactly("dynamic-sampling", "dynamic-sampling");
    }

    @Test
    void shouldRejectARolloutWithoutTheComponentUntilItIsFixed() {
        start("grpo", "estimator.filter", "dynamic-sampling", "estimator.filterComponent", "accuracy");
        topology.pipe(Rollouts.member("p1", "g", 2, 0, 1).build());

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("filter-component-missing");
        assertThat(letter.getDetail()).contains("[exact-match]").contains("estimator.filterComponent is 'accuracy'");
        for (int index = 0; index < 2; index++) {
            topology.pipe(Rollouts.member("p1", "g", 2, index, index)
                    .setRewardComponents(Map.of("accuracy", (double) index))
                    .build());
        }
        assertThat(topology.advantages()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reinforce", "grpo"})
    void shouldIgnoreTheComponentWithoutAFilter(String estimator) {
        start(estimator, "estimator.filterComponent", "accuracy");
        pipe("g", 1, 0);

        assertThat(topology.advantages()).hasSize(2);
        assertThat(topology.deadLetters()).isEmpty();
    }

    @Test
    void shouldTrainOnTheRawRewardOfPromptsThatAreNeitherAllRightNorAllWrong() {
        start("reinforce", "estimator.filter", "reinforce-rej");
        pipe("right", 1, 1);
        pipe("mixed", 1, 0);

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples)
                .extracting(AdvantageSample::getLeftOut)
                .containsExactly("reinforce-rej", "reinforce-rej", "", "");
        assertThat(samples).extracting(AdvantageSample::getAdvantage).containsExactly(0.0, 0.0, 1.0, 0.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"krpo", "spo"})
    void shouldWaitForTheGroupIfOnlyTheFilterNeedsIt(String estimator) {
        start(estimator, "estimator.baseline", "prior", "estimator.filter", "dynamic-sampling");
        topology.pipe(Rollouts.member("p1", "g", 2, 0, 1).build());
        assertThat(topology.advantages()).isEmpty();

        topology.pipe(Rollouts.member("p1", "g", 2, 1, 0).build());

        assertThat(topology.advantages())
                .extracting(AdvantageSample::getLeftOut)
                .containsExactly("", "");
    }

    @Test
    void shouldRejectAGroupOfOneBecauseAFilterHasNothingToCompare() {
        start("krpo", "estimator.filter", "reinforce-rej");
        topology.pipe(Rollouts.single("p1", "alone", 1, 0));
        topology.pipe(Rollouts.member("p1", "late", 2, 0, 1).build());
        topology.driver.advanceWallClockTime(Duration.ofMinutes(5));

        List<TestRecord<byte[], DeadLetter>> letters = topology.deadLetters();
        assertThat(letters)
                .extracting(letter -> letter.value().getReason())
                .containsExactly("group-too-small", "group-timeout");
        assertThat(letters.get(0).value().getDetail())
                .contains("estimator.filter=reinforce-rej compares at least 2")
                .contains("estimator.filter=none");
        assertThat(letters.get(1).value().getDetail()).contains("estimator.filter=reinforce-rej needs 2");
        assertThat(topology.advantages()).isEmpty();
    }

    private void start(String estimator, String... more) {
        topology = new TopologyHarness(stateDir, estimator, more);
    }

    private void pipe(String group, double... rewards) {
        for (int index = 0; index < rewards.length; index++) {
            topology.pipe(Rollouts.member("p1", group, rewards.length, index, rewards[index])
                    .build());
        }
    }
}
