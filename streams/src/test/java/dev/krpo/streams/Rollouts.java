package dev.krpo.streams;

import dev.krpo.estimators.Observation;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import java.util.List;
import java.util.Map;

/** Valid rollouts of three tokens as a basis for tests. */
public final class Rollouts {

    static {
        // Avro's builders copy nested records, and the serde declares the generated classes as trusted.
        RecordSerde.of(Rollout.class);
    }

    private static final float[] LOG_PROBS = {-0.25f, -0.5f, -0.125f};

    private Rollouts() {}

    /** The observation that the estimator gets from a {@link #single}. */
    static Observation observation(double reward, long version) {
        return new Observation(reward, version, LOG_PROBS, Map.of("exact-match", reward));
    }

    public static Rollout single(String promptId, String taskId, double reward, long version) {
        return member(promptId, taskId, 1, 0, reward)
                .setVersionRuns(List.of(new TokenRun(version, 3)))
                .build();
    }

    public static Rollout.Builder member(String promptId, String groupId, int groupSize, int index, double reward) {
        Rollout rollout = new Rollout(
                groupId + "/" + index,
                groupId,
                groupId,
                groupSize,
                index,
                promptId,
                "arithmetic",
                "default",
                PrimitiveArrays.of(4, 5, 13),
                PrimitiveArrays.of(9, 8, 2),
                PrimitiveArrays.of(LOG_PROBS),
                List.of(new TokenRun(0L, 3)),
                "65",
                reward,
                Map.of("exact-match", reward),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 8, 42L),
                "worker-1",
                1000L,
                1001L,
                1002L,
                List.of());
        return Rollout.newBuilder(rollout);
    }
}
