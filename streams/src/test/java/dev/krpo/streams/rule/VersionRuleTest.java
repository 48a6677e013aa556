package dev.krpo.streams.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.TokenRun;
import dev.krpo.streams.PolicyVersionsEmbeddedTest;
import dev.krpo.streams.Rollouts;
import dev.krpo.streams.TopologyHarness;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A wrong version must not reach a filter; {@link PolicyVersionsEmbeddedTest} tests the same with real announcements.
 */
class VersionRuleTest {

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @BeforeEach
    void start() {
        topology = new TopologyHarness(stateDir, Map.of());
    }

    @AfterEach
    void stop() {
        topology.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 1_700_000_000_000L, 9_000_000_000_000_000_000L, Long.MAX_VALUE})
    void shouldRejectAVersionAboveTheNewestAnnouncedOne(long version) {
        topology.announced.put("default", 7L);
        topology.pipe(Rollouts.single("p1", "t1", 1, 7));
        double before = topology.advantages().get(0).getBaseline();
        topology.baselineRecords();

        topology.pipe(Rollouts.member("p2", "t2", 1, 0, 1)
                .setVersionRuns(List.of(new TokenRun(7L, 1), new TokenRun(version, 2)))
                .build());

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("version-not-announced");
        assertThat(letter.getDetail())
                .contains("version " + version + " of policy 'default'")
                .contains("newest one in krpo.policy-versions is 7");
        assertThat(topology.baselineRecords()).isEmpty();
        topology.pipe(Rollouts.single("p3", "t3", 1, 7));
        assertThat(topology.advantages().get(0).getBaseline()).isBetween(before, 0.9);
    }

    @Test
    void shouldAcceptTheVersionOnceItIsAnnounced() {
        topology.announced.put("default", 7L);
        topology.pipe(Rollouts.single("p1", "t1", 1, 8));
        assertThat(topology.deadLetter().getReason()).isEqualTo("version-not-announced");
        topology.announced.put("default", 8L);

        topology.pipe(Rollouts.single("p1", "t1", 1, 8));

        assertThat(topology.advantages()).hasSize(1);
    }

    @Test
    void shouldAcceptAnyVersionOfAPolicyThatAnnouncesNothing() {
        topology.announced.put("another", 7L);
        for (int i = 0; i < 300; i++) {
            topology.pipe(Rollouts.single("p" + i, "t" + i, i % 2, i / 10));
        }
        topology.advantages();

        topology.pipe(Rollouts.single("p1", "absurd", 1, 9_000_000_000_000_000_000L));
        topology.pipe(Rollouts.single("p301", "after", 1, 31));
        topology.pipe(Rollouts.single("p302", "next", 0, 31));

        assertThat(topology.deadLetters()).isEmpty();
        assertThat(topology.advantages().subList(1, 3))
                .extracting(AdvantageSample::getBaseline)
                .as("priors of the dataset")
                .allSatisfy(prior -> assertThat(prior).isBetween(0.3, 0.7));
    }
}
