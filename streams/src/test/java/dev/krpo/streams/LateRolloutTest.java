package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.KalmanState;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A rollout far behind its filter is late if versions are announced; otherwise the filter's own version may be wrong.
 */
class LateRolloutTest {

    private static final long NEWEST = 5_000;

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @ValueSource(strings = {"krpo", "spo"})
    void shouldRememberAPromptEvenIfARolloutIsThousandsOfVersionsLate(String estimator) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, estimator)) {
            topology.announced.put("default", NEWEST);
            learn(topology);
            KalmanState before = last(topology);

            topology.pipe(Rollouts.single("p1", "late", 1, 3_000));

            assertThat(last(topology).getPolicyVersion()).isEqualTo(NEWEST);
            topology.pipe(Rollouts.single("p1", "next", 1, NEWEST));
            assertThat(last(topology).getVariance()).isLessThanOrEqualTo(before.getVariance());
        }
    }

    @Test
    void shouldMoveBackAFilterWhoseVersionWasNeverAnnounced() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, "krpo")) {
            learn(topology);
            topology.announced.put("default", 3_000L);

            topology.pipe(Rollouts.single("p1", "right", 1, 3_000));

            assertThat(last(topology).getPolicyVersion()).isEqualTo(3_000);
        }
    }

    private static void learn(TopologyHarness topology) {
        for (int i = 0; i < 20; i++) {
            topology.pipe(Rollouts.single("p1", "t" + i, 1, NEWEST));
        }
    }

    private static KalmanState last(TopologyHarness topology) {
        List<KalmanState> states = topology.baselineRecords().stream()
                .map(record -> record.value())
                .toList();
        return states.get(states.size() - 1);
    }
}
