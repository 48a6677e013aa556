package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.Estimators;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs every estimator known to the settings through the topology. */
class EveryEstimatorTest {

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @MethodSource("names")
    void shouldRunThroughTheTopologyWithDefaultSettings(String name) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", name))) {
            pipeGroup(topology);

            List<AdvantageSample> samples = topology.advantages();
            assertThat(topology.deadLetters()).isEmpty();
            assertThat(samples).hasSize(4).allSatisfy(sample -> {
                assertThat(sample.getEstimator()).isEqualTo(name);
                assertThat(sample.getAdvantage()).isFinite();
                assertThat(sample.getBaseline()).isFinite();
                assertThat(sample.getVariance()).isFinite().isNotNegative();
            });
            assertThat(samples)
                    .extracting(sample -> sample.getRollout().getIndex())
                    .containsExactly(0, 1, 2, 3);
            assertThat(samples.get(1).getAdvantage())
                    .as("of the right answer, above that of the wrong one")
                    .isGreaterThan(samples.get(0).getAdvantage());
        }
    }

    /** Lengths and components must reach the estimators that use them, or these would equal dr-grpo and grpo. */
    @ParameterizedTest
    @MethodSource("namesThatLookBeyondTheReward")
    void shouldSeeMoreThanTheReward(String name, String blind) {
        try (TopologyHarness topology = new TopologyHarness(stateDir.resolve(name), Map.of("estimator.name", name));
                TopologyHarness other = new TopologyHarness(stateDir.resolve(blind), Map.of("estimator.name", blind))) {
            pipeGroup(topology);
            pipeGroup(other);

            assertThat(topology.advantages())
                    .extracting(AdvantageSample::getAdvantage)
                    .doesNotContainAnyElementsOf(other.advantages().stream()
                            .map(AdvantageSample::getAdvantage)
                            .toList());
        }
    }

    private static Set<String> names() {
        return Estimators.names();
    }

    private static List<Object[]> namesThatLookBeyondTheReward() {
        return List.of(new Object[] {"opo", "dr-grpo"}, new Object[] {"gdpo", "grpo"});
    }

    private static void pipeGroup(TopologyHarness topology) {
        double[] accuracy = {0, 1, 0, 0.8};
        double[] format = {1, 1, 0, 0};
        int[] tokens = {3, 2, 5, 4};
        for (int index = 0; index < accuracy.length; index++) {
            topology.pipe(Rollouts.member("p1", "g", 4, index, (accuracy[index] * 3 + format[index]) / 4)
                    .setRewardComponents(Map.of("accuracy", accuracy[index], "format", format[index]))
                    .setCompletionTokens(PrimitiveArrays.of(new int[tokens[index]]))
                    .setBehaviourLogProbs(PrimitiveArrays.of(new float[tokens[index]]))
                    .setVersionRuns(List.of(new TokenRun(0L, tokens[index])))
                    .build());
        }
    }
}
