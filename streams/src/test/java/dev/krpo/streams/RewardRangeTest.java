package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoReferenceEstimator;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The constants of krpo, spo and mapo are dimensionless: {@code estimator.rewardRange} defines their scale. */
class RewardRangeTest {

    private static final long SEED = 606;

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @ValueSource(strings = {"0, 1", "-1, 1", "0, 10", "0, 100", "-1e6, 1e6"})
    void shouldGiveAdvantagesOfSizeOneInAnyRange(String range) {
        double squares = 0;
        List<Advantage> advantages = advantages("krpo", range, 4_000);
        for (Advantage advantage : advantages) {
            squares += advantage.advantage() * advantage.advantage();
        }

        assertThat(squares / advantages.size()).as("seed %d", SEED).isCloseTo(1, within(0.25));
    }

    @ParameterizedTest
    @CsvSource({
        "krpo, '-1, 1', none",
        "krpo, '0, 100', none",
        "krpo, '-3, 7', sqrt-innovation-variance",
        "spo, '-1, 1', none",
        "mapo, '0, 100', none"
    })
    void shouldMapRewardsIntoTheRangeAndResultsBack(String name, String range, String scale) {
        double lowest = Double.parseDouble(range.split(",")[0]);
        double width = Double.parseDouble(range.split(",")[1]) - lowest;
        boolean inUnitsOfReward = !name.equals("mapo") && scale.equals("none");

        List<Advantage> unit = advantages(name, "0, 1", 200, "estimator.scale", scale);
        List<Advantage> ranged = advantages(name, range, 200, "estimator.scale", scale);

        for (int i = 0; i < unit.size(); i++) {
            Advantage expected = unit.get(i);
            assertThat(ranged.get(i).advantage())
                    .isCloseTo(expected.advantage() * (inUnitsOfReward ? width : 1), within(1e-9 * width));
            assertThat(ranged.get(i).baseline()).isCloseTo(lowest + width * expected.baseline(), within(1e-9 * width));
            assertThat(ranged.get(i).variance())
                    .isCloseTo(width * width * expected.variance(), within(1e-9 * width * width));
        }
    }

    @Test
    void shouldKeepBeliefsInUnitsOfRewardSoThatTheRangeCanBeCorrected() {
        Estimator ranged = estimator("krpo", "0, 10", "estimator.observationNoise", "adaptive");

        Belief prompt = ranged.estimate(State.UNSEEN, List.of(Rollouts.observation(10, 3)))
                .state()
                .prompt();

        assertThat(prompt.mean()).isBetween(5.0, 10.0);
        assertThat(prompt.variance()).isBetween(1.0, 100.0);
        assertThat(prompt.adaptedNoise()).isBetween(1.0, 100.0);
        assertThat(prompt.weighted().mean()).isBetween(5.0, 10.0);
    }

    /** Earlier builds accepted rewards up to 1e100, and a mean of 1e50 would need ten thousand rewards to recover. */
    @ParameterizedTest
    @ValueSource(strings = {"krpo", "spo"})
    void shouldForgetABeliefOutsideTheRewardRange(String name) {
        Estimator estimator = estimator(name, "0, 1");
        List<Observation> group = List.of(Rollouts.observation(1, 3));
        Belief ruined = new Belief(1e48, 0.02, 40, 3);
        Belief ruinedBeside = new Belief(0.5, 0.02, 40, 3).withWeighted(new Belief(-7, 0.02, 40, 3));

        assertThat(estimator.estimate(new State(ruined, ruined), group))
                .isEqualTo(estimator.estimate(State.UNSEEN, group));
        assertThat(estimator.estimate(new State(ruinedBeside, null), group))
                .isEqualTo(estimator.estimate(State.UNSEEN, group));
    }

    @ParameterizedTest
    @ValueSource(strings = {"krpo", "spo", "mapo"})
    void shouldRejectARewardOutsideAndNameTheRange(String name) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, name)) {
            topology.pipe(Rollouts.member("p1", "g", 2, 0, -1).build());

            DeadLetter letter = topology.deadLetter();
            assertThat(letter.getReason()).isEqualTo("reward-out-of-range");
            assertThat(letter.getDetail())
                    .contains("reward is -1.0")
                    .contains(name)
                    .contains("estimator.rewardRange [0.0, 1.0]");
            assertThat(topology.baselineRecords()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"krpo-reference", "grpo", "dr-grpo", "rloo", "opo", "grpo-lead", "reinforce"})
    void shouldAcceptAnyFiniteRewardUpToAMillionIfNoRangeIsNeeded(String name) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, name)) {
            topology.pipe(Rollouts.member("p1", "g", 2, 0, -1e6).build());
            topology.pipe(Rollouts.member("p1", "g", 2, 1, 1e6).build());
            assertThat(topology.advantages()).hasSize(2);

            topology.pipe(Rollouts.member("p1", "h", 2, 0, 1e50).build());
            assertThat(topology.deadLetter().getReason()).isEqualTo("reward-too-large");
        }
    }

    @Test
    void shouldApplyThePublishedAlgorithmToTheRawReward() {
        List<Observation> group = List.of(new Observation(-5, 0), new Observation(7, 0));

        assertThat(estimator("krpo-reference", "-10, 10").estimate(State.UNSEEN, group))
                .isEqualTo(new KrpoReferenceEstimator().estimate(State.UNSEEN, group));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1, 0", "1, 1", "0", "0, 1, 2", "0, NaN", "0, 1e7", "low, high", ""})
    void shouldNameAnInvalidRange(String range) {
        assertThatThrownBy(
                        () -> Config.of(Map.of("estimator.rewardRange", range)).get(Estimators.REWARD_RANGE))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("estimator.rewardRange")
                .hasMessageContaining("the lowest reward and a higher one");
    }

    private static Estimator estimator(String name, String range, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("estimator.name", name, "estimator.rewardRange", range));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return Estimators.of(Config.of(config));
    }

    /** Rewards at either end of the range, over 40 prompts in groups of four. */
    private static List<Advantage> advantages(String name, String range, int groups, String... more) {
        Random random = new Random(SEED);
        Estimator estimator = estimator(name, range, more);
        double lowest = Double.parseDouble(range.split(",")[0]);
        double highest = Double.parseDouble(range.split(",")[1]);
        Map<Integer, Belief> prompts = new HashMap<>();
        Belief dataset = null;
        List<Advantage> all = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            int prompt = random.nextInt(40);
            List<Observation> group = new ArrayList<>();
            for (int index = 0; index < 4; index++) {
                boolean right = random.nextDouble() < (prompt + 1) / 42.0;
                float[] logProbs = {(float) Math.log(random.nextDouble())};
                group.add(new Observation(right ? highest : lowest, i / 40, logProbs, Map.of()));
            }
            State before = estimator.persistent() ? new State(prompts.get(prompt), dataset) : State.UNSEEN;
            Estimate estimate = estimator.estimate(before, group);
            if (estimator.persistent()) {
                prompts.put(prompt, estimate.state().prompt());
                dataset = estimate.state().dataset();
            }
            all.addAll(estimate.advantages());
        }
        return all;
    }
}
