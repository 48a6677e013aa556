package dev.krpo.worker.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.worker.Rollouts;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class WorkerProgressTest {

    private final WorkerProgress progress = new WorkerProgress();

    @Test
    void shouldSummariseTheRolloutsSinceTheLastCall() {
        assertThat(progress.take()).isEmpty();

        progress.add(Rollouts.of("22", 7, 3, 1));
        progress.add(Rollouts.of("22", 6, 1, -0.5));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .startsWith("policy version 7, 2 rollouts, mean reward 0.250, ")
                .endsWith(" tokens/s"));

        progress.add(Rollouts.of("22", 8, 2, 1));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .startsWith("policy version 8, 1 rollouts, mean reward 1.000, "));
        assertThat(progress.take()).isEmpty();
    }

    @Test
    void shouldKeepTheMetersWhenTheLineStartsAgain() {
        MeterRegistry registry = new SimpleMeterRegistry();
        progress.bindTo(registry);

        progress.add(Rollouts.of("22", 7, 3, 1));
        progress.take();
        progress.add(Rollouts.of("22", 6, 1, -0.5));

        assertThat(registry.get("krpo.worker.policy.version").gauge().value()).isEqualTo(7);
        assertThat(registry.get("krpo.worker.rollouts").functionCounter().count())
                .isEqualTo(2);
        assertThat(registry.get("krpo.worker.tokens").functionCounter().count()).isEqualTo(4);
        assertThat(registry.get("krpo.worker.reward.sum").gauge().value()).isEqualTo(0.5);
    }
}
