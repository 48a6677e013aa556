package dev.krpo.schemas;

import dev.krpo.schemas.serde.PrimitiveArrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecordBase;

/** A fixed record of every type, for golden bytes and round trips. */
public final class Records {

    private Records() {}

    public static List<SpecificRecordBase> all() {
        SamplingParameters sampling = new SamplingParameters(1.0, 0.95, 8, 42L);
        Rollout rollout = new Rollout(
                "default-7/0",
                "default-7",
                "default-7",
                1,
                0,
                "p1",
                "arithmetic",
                "default",
                PrimitiveArrays.of(4, 5, 13),
                PrimitiveArrays.of(9, 2),
                PrimitiveArrays.of(-0.25f, -0.5f),
                List.of(new TokenRun(3L, 2)),
                "6",
                1.0,
                Map.of("exact-match", 1.0),
                FinishReason.STOP,
                sampling,
                "worker-1",
                1000L,
                1001L,
                1002L,
                List.of());
        return List.of(
                new Prompt("p1", "1+2=", "3", "arithmetic", Map.of("num_terms", "2")),
                new RolloutTask("default-7", 7L, "p1", "default", 1, sampling, 3L, 1000L),
                rollout,
                new AdvantageSample(rollout, 0.75, 0.25, 0.5, "krpo", 0, 12L, 1003L, ""),
                new KalmanState("p1", "arithmetic", 0.5, 0.01, 12L, 3L, 1003L, 0.0, null, ""),
                new PolicyVersion("default", 4L, "v00000004", "ab12", 1_600_000L, 1004L),
                new TrainingStep(
                        "default",
                        4L,
                        3L,
                        4L,
                        List.of(new SampleRef(0, 10L)),
                        List.of(new SampleRef(0, 11L)),
                        1L,
                        0L,
                        0.5,
                        0.5,
                        0.0,
                        0.3,
                        1.5,
                        0.1,
                        1.0,
                        0.5,
                        0.1,
                        0.2,
                        1.0,
                        1L,
                        2L,
                        3L,
                        1e-4,
                        5L,
                        6L,
                        1,
                        1005L,
                        Map.of(),
                        List.of(),
                        Map.of(),
                        -1L),
                new DeadLetter(
                        "krpo.rollouts",
                        0,
                        9L,
                        null,
                        java.nio.ByteBuffer.wrap(new byte[] {1, 2}),
                        "empty",
                        "detail",
                        "topology",
                        1006L,
                        "",
                        0));
    }
}
