package dev.krpo.streams.reestimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.streams.reestimate.EstimatorScores.Estimated;
import java.util.List;
import org.junit.jupiter.api.Test;

class EstimatorScoresTest {

    private final EstimatorScores scores = new EstimatorScores();

    @Test
    void shouldScoreByTheNextRolloutsOfThePromptAndTheSignsOfTheRecordedOnes() {
        scores.rollout("a0", "a", 1);
        scores.rollout("b0", "b", 0);
        scores.rollout("a1", "a", 0);
        scores.rollout("a0", "a", 1);
        scores.rollout("a2", "a", 1);

        EstimatorScore recorded = scores.recorded(
                "krpo",
                List.of(new Estimated("a0", 0.5, 1), new Estimated("b0", 0.5, -1), new Estimated("a1", 0.75, -1)));
        EstimatorScore other = scores.score(
                "grpo", List.of(new Estimated("a0", 0.5, 2), new Estimated("b0", 0, 0), new Estimated("a2", 0, 4)));

        // a0 is followed by rewards 0 and 1, a1 by 1, b0 and a2 by nothing.
        assertThat(recorded.samples()).isEqualTo(3);
        assertThat(recorded.baselineError()).isCloseTo(Math.sqrt((0.0 + 0.0625) / 2), within(1e-12));
        assertThat(recorded.advantageVariance()).isCloseTo(8.0 / 9, within(1e-12));
        assertThat(recorded.zeroSignal()).isZero();
        assertThat(recorded.signAgreement()).isEqualTo(1);
        assertThat(other.baselineError()).isZero();
        assertThat(other.advantageVariance()).isCloseTo(8.0 / 3, within(1e-12));
        assertThat(other.zeroSignal()).isCloseTo(1.0 / 3, within(1e-12));
        assertThat(other.signAgreement()).isEqualTo(0.5);
    }

    @Test
    void shouldAverageOnlyTheNextEightRollouts() {
        for (int i = 0; i < 20; i++) {
            scores.rollout("a" + i, "a", i <= EstimatorScores.NEXT_ROLLOUTS ? 1 : 0);
        }
        assertThat(scores.score("krpo", List.of(new Estimated("a0", 1, 0))).baselineError())
                .isZero();
        assertThat(scores.score("krpo", List.of(new Estimated("a8", 0, 0))).baselineError())
                .isZero();
    }

    @Test
    void shouldReturnNaNWithoutSamples() {
        EstimatorScore none = scores.score("grpo", List.of());

        assertThat(none.samples()).isZero();
        assertThat(none.baselineError()).isNaN();
        assertThat(none.signAgreement()).isNaN();
    }
}
