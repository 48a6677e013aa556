package dev.krpo.estimators.kalman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The expected doubles come from the authors' group_advantages (KRPO_LLMs_RL/train.py), transcribed to plain Python
 * floats and printed with repr, so they are exact.
 */
class KrpoReferenceEstimatorTest {

    private final Estimator estimator = new KrpoReferenceEstimator();

    @Test
    void shouldBeBitIdenticalToThePublishedCodeWhenTheFirstAnswerIsRight() {
        List<Advantage> advantages = estimate(1, 0, 1, 0);

        assertThat(advantages)
                .extracting(Advantage::advantage)
                .containsExactly(0.09950271891968875, -7.048125460439465, 5.814688674569243, -9.960067348383483);
        assertThat(advantages)
                .extracting(Advantage::baseline)
                .containsExactly(0.9900991079296244, 0.49726259430608777, 0.6645655170134502, 0.49825575861395077);
        assertThat(advantages)
                .extracting(Advantage::variance)
                .containsExactly(
                        0.009900991079296293, 0.004977648294766136, 0.0033278391624040724, 0.0025025336726301065);
    }

    @Test
    void shouldBeBitIdenticalToThePublishedCodeWhenTheFirstAnswerIsWrong() {
        assertThat(estimate(0, 1, 0, 1))
                .extracting(Advantage::advantage)
                .containsExactly(0.0, 7.118606010238362, -5.757175582671396, 10.009792077679764);
    }

    @Test
    void shouldBeBitIdenticalToThePublishedCodeForTheAuthorsRewardLevels() {
        assertThat(estimate(0.01, 0.5, 1.0, 0.0, 0.01, 1.0))
                .extracting(Advantage::advantage)
                .containsExactly(
                        0.0009950271891968855,
                        3.4888217505147865,
                        8.629953919081375,
                        -7.5260423714402895,
                        -6.536372763112215,
                        14.155207472052968);
    }

    @Test
    void shouldBeBitIdenticalToThePublishedCodeForUnboundedRewards() {
        assertThat(estimate(-3.5, 2.25, 1e6, 0.1))
                .extracting(Advantage::advantage)
                .containsExactly(-0.3482595162189095, 40.68530263457444, 11566062.553584237, -4987536.990939317);
    }

    @Test
    void shouldConvergeToTheStandardDeviationOfItsConstants() {
        List<Observation> many = Collections.nCopies(100_000, new Observation(0.5, 0));

        List<Advantage> advantages = estimator.estimate(State.UNSEEN, many).advantages();

        assertThat(Math.sqrt(advantages.get(99_999).variance())).isEqualTo(0.017642768830809136);
        assertThat(0.5 / Math.sqrt(advantages.get(99_999).variance())).isCloseTo(28.3, within(0.1));
    }

    @Test
    void shouldRestartInEveryGroupAndIgnoreVersions() {
        State state = new State(new Belief(0.9, 0.1, 7, 3), null);

        Estimate estimate = estimator.estimate(state, List.of(new Observation(1, 9), new Observation(0, 4)));

        assertThat(estimate.state()).isSameAs(state);
        assertThat(estimate.advantages())
                .extracting(Advantage::advantage)
                .containsExactly(0.09950271891968875, -7.048125460439465);
    }

    @Test
    void shouldRejectAGroupOfOne() {
        assertThatThrownBy(() -> estimate(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a group of 1")
                .hasMessageContaining("krpo-reference needs at least 2")
                .hasMessageContaining("estimator.name=krpo");
    }

    private List<Advantage> estimate(double... rewards) {
        return estimator.estimate(State.UNSEEN, Rewards.of(rewards)).advantages();
    }
}
