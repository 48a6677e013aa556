package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.TrainingStep;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrainerProgressTest {

    @Test
    void shouldAverageTheStepsSinceTheLastCall() {
        TrainerProgress progress = new TrainerProgress();
        assertThat(progress.take()).isEmpty();

        progress.add(step(7, 0.25, 1, 300, 100));
        progress.add(step(8, 0.75, 3, 300, 100));
        assertThat(progress.take())
                .hasValue("policy version 8, 2 steps, mean reward 0.500, staleness 2.0 (max 3), busy 75 %, samples"
                        + " trained"
                        + " 2,048, dropped 5");

        progress.add(step(9, 1, 0, 100, 0));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .startsWith("policy version 9, 1 steps, mean reward 1.000, staleness 0.0"));
        assertThat(progress.take()).isEmpty();
    }

    @Test
    void shouldCountDroppedSamplesEvenWhenNoStepIsTaken() {
        TrainerProgress progress = new TrainerProgress();
        progress.passedOver("too-stale");
        progress.passedOver("refused");
        progress.passedOver("too-stale");

        assertThat(progress.take()).hasValue("no step; samples passed over: 1 refused, 2 too-stale");
        assertThat(progress.take()).isEmpty();

        progress.passedOver("repeated");
        progress.add(step(1, 0.5, 0, 1, 1));
        assertThat(progress.take())
                .hasValueSatisfying(line -> assertThat(line).endsWith("dropped 5; passed over now: 1 repeated"));
    }

    private static TrainingStep step(long version, double reward, long staleness, long learnMs, long waitMs) {
        return new TrainingStep(
                "default",
                version,
                version - 1,
                version,
                List.of(),
                List.of(),
                version * 256,
                5L,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                1.0,
                reward,
                0.0,
                0.0,
                (double) staleness,
                staleness,
                0L,
                0L,
                0.0,
                waitMs,
                learnMs,
                1,
                0L,
                Map.of(),
                List.of(),
                Map.of(),
                -1L);
    }
}
