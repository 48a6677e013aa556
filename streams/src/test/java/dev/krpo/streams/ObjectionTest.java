package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rollouts that an estimator cannot accept become dead letters before they enter a group or a belief. */
class ObjectionTest {

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @CsvSource({
        "krpo, -0.25, estimator.rewardRange",
        "spo, -0.25, estimator.rewardRange",
        "spo, 1.5, estimator.rewardRange",
        "mapo, -0.25, scale the rewards",
        "mapo, 1.5, scale the rewards",
        "ngrpo, 1.5, estimator.maxReward"
    })
    void shouldRejectARewardOutOfItsRange(String estimator, double reward, String remedy) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", estimator))) {
            topology.pipe(Rollouts.member("p1", "g", 2, 0, reward).build());

            DeadLetter letter = topology.deadLetter();
            assertThat(letter.getReason()).isEqualTo("reward-out-of-range");
            assertThat(letter.getDetail())
                    .contains("reward is " + reward)
                    .contains(estimator)
                    .contains(remedy);
            assertThat(topology.advantages()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"spo, 1", "mapo, 1", "ngrpo, 1", "spo, 0", "mapo, 0"})
    void shouldAcceptARewardThatIsOutOfRangeOnlyByRounding(String estimator, double end) {
        double fraction = 0.05 + 0.8 + 0.05 + 0.1 - 1;
        assertThat(fraction).isPositive();
        double outside = end == 0 ? -fraction : end + fraction;
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", estimator))) {
            topology.pipe(member(0, outside));
            topology.pipe(member(1, end));
            topology.pipe(member(2, outside));

            assertThat(topology.deadLetters()).isEmpty();
            assertThat(topology.advantages()).hasSize(3);
        }
    }

    @Test
    void shouldAcceptRewardsAroundZeroWhoseMeanIsZeroOnlyByRounding() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", "mapo"))) {
            topology.pipe(member(0, -1e-10));
            topology.pipe(member(1, 0));
            topology.pipe(member(2, 1e-10));

            assertThat(topology.advantages())
                    .extracting(AdvantageSample::getAdvantage)
                    .allSatisfy(advantage -> assertThat(advantage).isBetween(-1.0, 1.0));
            assertThat(topology.deadLetters()).isEmpty();
        }
    }

    @Test
    void shouldRejectARewardWithoutComponentsWhenEachIsNormalised() {
        assertThat(detailOfMissingComponents("", Map.of()))
                .contains("rewardComponents has []")
                .contains("publish them");
    }

    @Test
    void shouldRejectARewardThatLacksAWeightedComponent() {
        assertThat(detailOfMissingComponents("exact-match=1, style=0.5", Map.of("exact-match", 1.0)))
                .contains("rewardComponents has [exact-match]")
                .contains("gdpo normalises [exact-match, style]")
                .contains("correct estimator.rewardWeights");
    }

    private String detailOfMissingComponents(String weights, Map<String, Double> components) {
        try (TopologyHarness topology =
                new TopologyHarness(stateDir, Map.of("estimator.name", "gdpo", "estimator.rewardWeights", weights))) {
            topology.pipe(Rollouts.member("p1", "g", 2, 0, 1)
                    .setRewardComponents(components)
                    .build());

            DeadLetter letter = topology.deadLetter();
            assertThat(letter.getReason()).isEqualTo("reward-components-missing");
            return letter.getDetail();
        }
    }

    @Test
    void shouldEstimateTheRestOfTheGroupAndAcceptTheRolloutOnceFixed() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", "mapo"))) {
            topology.pipe(member(0, 1));
            topology.pipe(member(1, 2));
            assertThat(topology.deadLetter().getReason()).isEqualTo("reward-out-of-range");

            topology.pipe(member(1, 0));
            topology.pipe(member(2, 0));

            assertThat(topology.advantages())
                    .extracting(AdvantageSample::getOrder)
                    .containsExactly(0, 1, 2);
        }
    }

    @Test
    void shouldNotWaitForeverForARejectedMember() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", "mapo"))) {
            topology.pipe(member(0, 1));
            topology.pipe(member(1, 2));
            topology.pipe(member(2, 0));
            topology.driver.advanceWallClockTime(Duration.ofMinutes(5));

            assertThat(topology.advantages()).hasSize(2);
        }
    }

    private static Rollout member(int index, double reward) {
        return Rollouts.member("p1", "g", 3, index, reward).build();
    }
}
