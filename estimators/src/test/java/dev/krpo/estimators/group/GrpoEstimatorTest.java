package dev.krpo.estimators.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrpoEstimatorTest {

    private final Estimator estimator = new GrpoEstimator(1e-8);

    @Test
    void shouldNormaliseByMeanAndSampleStandardDeviation() {
        List<Advantage> advantages = estimate(1, 0, 1, 0);

        assertThat(advantages)
                .extracting(Advantage::advantage)
                .containsExactly(0.8660253887844389, -0.8660253887844389, 0.8660253887844389, -0.8660253887844389);
        assertThat(advantages).extracting(Advantage::baseline).containsOnly(0.5);
        assertThat(advantages.get(0).variance()).isCloseTo(1.0 / 3, within(1e-15));
    }

    @Test
    void shouldAgreeWithAPlainComputationForGradedRewards() {
        double[] expected = {
            -0.8397831558950581,
            0.1638601279795236,
            1.1879859278515459,
            -0.8602656718924987,
            -0.8397831558950581,
            1.1879859278515459
        };

        List<Advantage> advantages = estimate(0.01, 0.5, 1.0, 0.0, 0.01, 1.0);

        for (int i = 0; i < expected.length; i++) {
            assertThat(advantages.get(i).advantage()).isCloseTo(expected[i], within(1e-14));
        }
    }

    @Test
    void shouldGiveExactZerosWhenAllRewardsAreEqual() {
        // 0.1 + 0.1 + 0.1 is not 3 * 0.1, so the rounded mean differs from the rewards.
        assertThat(estimate(0.1, 0.1, 0.1)).extracting(Advantage::advantage).containsOnly(0.0);
    }

    @Test
    void shouldShrinkTheScaleByEpsilon() {
        assertThat(new GrpoEstimator(1.0)
                        .estimate(State.UNSEEN, Rewards.of(1, 0))
                        .advantages()
                        .get(0)
                        .advantage())
                .isCloseTo(0.5 / (Math.sqrt(0.5) + 1), within(1e-15));
    }

    @Test
    void shouldRejectAGroupOfOne() {
        assertThatThrownBy(() -> estimate(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("grpo needs at least 2");
    }

    private List<Advantage> estimate(double... rewards) {
        return estimator.estimate(State.UNSEEN, Rewards.of(rewards)).advantages();
    }
}
