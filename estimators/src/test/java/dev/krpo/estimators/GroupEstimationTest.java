package dev.krpo.estimators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.group.GrpoEstimator;
import dev.krpo.estimators.kalman.Krpo;
import dev.krpo.estimators.kalman.KrpoEstimator;
import dev.krpo.estimators.kalman.KrpoOptions;
import dev.krpo.estimators.kalman.ObservationNoise;
import dev.krpo.estimators.samplefilter.EqualRewardsFilter;
import dev.krpo.estimators.samplefilter.PodsFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupEstimationTest {

    private static final Estimator GRPO = new GrpoEstimator(0);
    private static final KrpoEstimator KRPO =
            Krpo.of(new ObservationNoise.Fixed(0.1), KrpoOptions.Baseline.LEAVE_ONE_OUT, KrpoOptions.Scale.NONE);
    private static final SampleFilter EQUAL = new EqualRewardsFilter(EqualRewardsFilter.REINFORCE_REJ);

    @Test
    void shouldChangeNothingWithoutAFilter() {
        for (Estimator estimator : List.of(GRPO, KRPO)) {
            List<Observation> group = Rewards.of(1, 0, 1);

            GroupEstimation.Result result =
                    new GroupEstimation(estimator, SampleFilter.NONE, "").estimate(State.UNSEEN, group);

            assertThat(result.estimate()).isEqualTo(estimator.estimate(State.UNSEEN, group));
            assertThat(result.kept()).containsOnly(true);
        }
    }

    @Test
    void shouldNormaliseOverTheKeptRewardsAloneWithoutAHistory() {
        GroupEstimation.Result result =
                new GroupEstimation(GRPO, new PodsFilter(2), "").estimate(State.UNSEEN, Rewards.of(0, 0.5, 1));

        List<Advantage> alone = GRPO.estimate(State.UNSEEN, Rewards.of(0, 1)).advantages();
        assertThat(result.kept()).containsExactly(true, false, true);
        assertThat(result.estimate().advantages()).containsExactly(alone.get(0), new Advantage(0, 0, 0), alone.get(1));
    }

    @Test
    void shouldEstimateNothingWhenNothingIsKeptWithoutAHistory() {
        GroupEstimation.Result result = new GroupEstimation(GRPO, EQUAL, "").estimate(State.UNSEEN, Rewards.of(1, 1));

        assertThat(result.estimate().advantages()).containsExactly(new Advantage(0, 0, 0), new Advantage(0, 0, 0));
        assertThat(result.estimate().isFinite()).isTrue();
    }

    @Test
    void shouldLearnFromAllRewardsWithAHistoryThoughOnlyTheKeptOnesAreTrained() {
        Estimate whole = KRPO.estimate(State.UNSEEN, Rewards.of(1, 0, 1));

        GroupEstimation.Result result =
                new GroupEstimation(KRPO, new PodsFilter(2), "").estimate(State.UNSEEN, Rewards.of(1, 0, 1));

        Advantage leftOut = whole.advantages().get(0);
        assertThat(result.kept()).containsExactly(false, true, true);
        assertThat(result.estimate().state()).isEqualTo(whole.state());
        assertThat(result.estimate().advantages())
                .containsExactly(
                        new Advantage(0, leftOut.baseline(), leftOut.variance()),
                        whole.advantages().get(1),
                        whole.advantages().get(2));
    }

    @Test
    void shouldCompareTheNamedComponentInsteadOfTheTotalReward() {
        GroupEstimation estimation = new GroupEstimation(GRPO, EQUAL, "correct");

        assertThat(estimation
                        .estimate(State.UNSEEN, List.of(scored(0.9, 1), scored(0.8, 1)))
                        .kept())
                .containsOnly(false);
        assertThat(estimation
                        .estimate(State.UNSEEN, List.of(scored(0.9, 1), scored(0.9, 0)))
                        .kept())
                .containsOnly(true);
        assertThat(estimation.objection(1, Map.of("format", 1.0)))
                .hasValueSatisfying(objection -> assertThat(objection.reason()).isEqualTo("filter-component-missing"));
    }

    private static Observation scored(double reward, double correct) {
        return new Observation(reward, 0, new float[1], Map.of("correct", correct));
    }
}
