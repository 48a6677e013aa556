package dev.krpo.estimators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.group.GdpoEstimator;
import dev.krpo.estimators.group.MapoEstimator;
import dev.krpo.estimators.group.NgrpoEstimator;
import dev.krpo.estimators.single.ReinforceEstimator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The purpose of ngrpo, mapo and gdpo: cases in which normalising the total gives too little or too much signal. */
class RewardShapeTest {

    @Test
    void shouldPushAnAllWrongGroupAwayAndLeaveAnAllRightOneAlone() {
        Estimator ngrpo = new NgrpoEstimator(1, 0);

        // Four zeros and a virtual one: mean 1/5, sigma = sqrt(0.2).
        assertThat(advantages(ngrpo, Rewards.of(0, 0, 0, 0)))
                .allSatisfy(advantage -> assertThat(advantage).isCloseTo(-0.2 / Math.sqrt(0.2), within(1e-15)));
        assertThat(advantages(ngrpo, Rewards.of(1, 1, 1, 1))).containsOnly(0.0);
        assertThat(advantages(new NgrpoEstimator(10, 0), Rewards.of(1, 1)))
                .as("the maximum reward is a setting")
                .allSatisfy(advantage -> assertThat(advantage).isNegative());
    }

    @Test
    void shouldNotInflateASmallMissAmongFullRewards() {
        // Figure 3 of the paper: group normalisation rates 0.9 among ones as badly as 0 among 0.1s.
        List<Double> nearlyAllRight = advantages(new MapoEstimator(0), Rewards.of(0.9, 1, 1, 1));
        List<Double> allWrong = advantages(new MapoEstimator(0), Rewards.of(0, 0.1, 0.1, 0.1));

        assertThat(nearlyAllRight.get(0)).isBetween(-1.5, -1.0);
        assertThat(allWrong)
                .as("no success: relative to the mean alone")
                .first()
                .isEqualTo(-1.0);
        assertThat(allWrong.get(1)).isCloseTo(1.0 / 3, within(1e-12));
    }

    @Test
    void shouldCountAFullRewardThatMissesOneByRounding() {
        double sum = 0.7 + 0.2 + 0.1;
        assertThat(sum).isLessThan(1);

        assertThat(advantages(new MapoEstimator(0), Rewards.of(sum, 0)).get(0))
                .isCloseTo(Math.sqrt(0.5), within(1e-12));
    }

    @Test
    void shouldDistinguishTwoSatisfiedComponentsFromOne() {
        // Section 3.1 of the paper: group normalisation cannot distinguish totals (0, 1) from (0, 2).
        Estimator gdpo = new GdpoEstimator(Map.of(), 0);

        assertThat(advantages(gdpo, List.of(parts(0, 0), parts(1, 0))).get(1)).isCloseTo(0.7071, within(1e-4));
        assertThat(advantages(gdpo, List.of(parts(0, 0), parts(1, 1))).get(1)).isCloseTo(1.4142, within(1e-4));
    }

    @Test
    void shouldLeaveOutAComponentThatAMemberLacks() {
        Observation without = new Observation(0, 0, new float[1], Map.of("first", 0.0));
        List<Observation> group = List.of(without, parts(1, 1), parts(1, 0));

        List<Double> advantages = advantages(new GdpoEstimator(Map.of(), 0), group);

        double first = 1 / Math.sqrt(3);
        double second = 1 / Math.sqrt(2);
        assertThat(advantages.get(0)).isCloseTo(-2 * first, within(1e-12));
        assertThat(advantages.get(1)).isCloseTo(first + second, within(1e-12));
        assertThat(advantages.get(2)).isCloseTo(first - second, within(1e-12));
    }

    @Test
    void shouldStateTheBaselineAndVarianceOfTheWeightedTotal() {
        Estimator gdpo = new GdpoEstimator(Map.of("first", 1.0, "second", 3.0), 0);

        Advantage advantage = gdpo.estimate(State.UNSEEN, List.of(parts(0, 0), parts(1, 1)))
                .advantages()
                .get(0);

        assertThat(advantage.baseline()).isEqualTo(2);
        assertThat(advantage.variance()).isEqualTo(8);
    }

    @Test
    void shouldPassTheRewardThrough() {
        State state = new State(new Belief(0.5, 0.1, 3, 2), null);

        Estimate estimate = new ReinforceEstimator().estimate(state, Rewards.of(-2.5));

        assertThat(estimate.advantages()).containsExactly(new Advantage(-2.5, 0, 0));
        assertThat(estimate.state()).isSameAs(state);
    }

    private static Observation parts(double first, double second) {
        return new Observation(first + second, 0, new float[1], Map.of("first", first, "second", second));
    }

    private static List<Double> advantages(Estimator estimator, List<Observation> group) {
        return estimator.estimate(State.UNSEEN, group).advantages().stream()
                .map(Advantage::advantage)
                .toList();
    }
}
