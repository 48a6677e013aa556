package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.TrainingStep;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
        progress.dropped("too-stale", 1);
        progress.dropped("refused", 1);
        progress.dropped("too-stale", 1);

        assertThat(progress.take()).hasValue("no step; samples dropped: 1 refused, 2 too-stale");
        assertThat(progress.take()).isEmpty();

        progress.dropped("repeated", 1);
        progress.add(step(1, 0.5, 0, 1, 1));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .endsWith("dropped 5; dropped since the last line: 1 repeated"));
    }

    @Test
    void shouldKeepTheMetersWhenTheLineStartsAgain() {
        TrainerProgress progress = new TrainerProgress();
        MeterRegistry registry = new SimpleMeterRegistry();
        progress.bindTo(registry);
        assertThat(registry.get("krpo.trainer.policy.version").gauge().value()).isNaN();

        progress.add(step(7, 0.25, 1, 300, 100));
        progress.take();
        progress.add(step(8, 0.75, 3, 300, 100));

        assertThat(registry.get("krpo.trainer.policy.version").gauge().value()).isEqualTo(8);
        assertThat(registry.get("krpo.trainer.reward.mean").gauge().value()).isEqualTo(0.75);
        assertThat(registry.get("krpo.trainer.staleness.max").gauge().value()).isEqualTo(3);
        FunctionTimer learn = registry.get("krpo.trainer.learn").functionTimer();
        assertThat(learn.count()).isEqualTo(2);
        assertThat(learn.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(600);
    }

    @Test
    void shouldCountEachReasonFromZeroAndAddThoseOfFiltersToEveryRegistry() {
        TrainerProgress progress = new TrainerProgress();
        MeterRegistry early = new SimpleMeterRegistry();
        progress.bindTo(early);
        assertThat(dropped(early, "too-stale")).isZero();

        progress.dropped("too-stale", 2);
        progress.dropped("pods", 4);
        progress.take();
        progress.dropped("pods", 4);
        MeterRegistry late = new SimpleMeterRegistry();
        progress.bindTo(late);

        for (MeterRegistry registry : List.of(early, late)) {
            assertThat(dropped(registry, "too-stale")).isEqualTo(2);
            assertThat(dropped(registry, "pods")).isEqualTo(8);
        }
    }

    private static double dropped(MeterRegistry registry, String reason) {
        return registry.get("krpo.trainer.samples.dropped")
                .tag("reason", reason)
                .functionCounter()
                .count();
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
