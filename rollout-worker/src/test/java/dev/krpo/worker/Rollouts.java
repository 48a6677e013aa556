package dev.krpo.worker;

import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Rollouts of which only a few fields matter. */
public final class Rollouts {

    private Rollouts() {}

    public static Rollout of(String text, long version, int tokens, double reward) {
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
                text,
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
