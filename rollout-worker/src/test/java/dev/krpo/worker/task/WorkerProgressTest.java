package dev.krpo.worker.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkerProgressTest {

    private final WorkerProgress progress = new WorkerProgress();

    @Test
    void shouldSummariseTheRolloutsSinceTheLastCall() {
        assertThat(progress.take()).isEmpty();

        progress.add(rollout(7, 3, 1));
        progress.add(rollout(6, 1, -0.5));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .startsWith("policy version 7, 2 rollouts, mean reward 0.250, ")
                .endsWith(" tokens/s"));

        progress.add(rollout(8, 2, 1));
        assertThat(progress.take()).hasValueSatisfying(line -> assertThat(line)
                .startsWith("policy version 8, 1 rollouts, mean reward 1.000, "));
        assertThat(progress.take()).isEmpty();
    }

    @Test
    void shouldKeepTheMetersWhenTheLineStartsAgain() {
        MeterRegistry registry = new SimpleMeterRegistry();
        progress.bindTo(registry);

        progress.add(rollout(7, 3, 1));
        progress.take();
        progress.add(rollout(6, 1, -0.5));

        assertThat(registry.get("krpo.worker.policy.version").gauge().value()).isEqualTo(7);
        assertThat(registry.get("krpo.worker.rollouts").functionCounter().count())
                .isEqualTo(2);
        assertThat(registry.get("krpo.worker.tokens").functionCounter().count()).isEqualTo(4);
        assertThat(registry.get("krpo.worker.reward.sum").gauge().value()).isEqualTo(0.5);
    }

    private static Rollout rollout(long version, int tokens, double reward) {
        return new Rollout(
                "default-1/0",
                "default-1",
                "default-1",
                1,
                0,
                "p1",
                "d",
                "default",
                List.of(4),
                Collections.nCopies(tokens, 2),
                Collections.nCopies(tokens, -0.5f),
                List.of(new TokenRun(version, tokens)),
                "22",
                reward,
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 4, 1L),
                "w",
                0L,
                1L,
                2L,
                List.of());
    }
}
