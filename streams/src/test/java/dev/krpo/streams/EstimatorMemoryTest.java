package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.EstimatorMemory;
import dev.krpo.estimators.Observation;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The in-memory estimator gives the same advantages as the topology. */
class EstimatorMemoryTest {

    private static final long SEED = 20_260_611L;
    private static final int GROUP = 4;

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @MethodSource("configurations")
    void shouldEstimateAsTheTopologyDoes(Map<String, String> config) {
        Random random = new Random(SEED);
        EstimatorMemory memory = new EstimatorMemory(Config.of(config));
        try (TopologyHarness topology = new TopologyHarness(stateDir, config)) {
            for (int step = 0; step < 200; step++) {
                String prompt = "p" + random.nextInt(20);
                List<Observation> group = group(random, step / 10);
                for (int index = 0; index < GROUP; index++) {
                    pipe(topology, prompt, "g" + step, index, group.get(index));
                }
                List<Optional<Advantage>> expected = memory.estimate(prompt, "arithmetic", group);

                assertThat(topology.advantages().stream().map(EstimatorMemoryTest::advantage))
                        .as("seed %d, step %d, %s", SEED, step, config)
                        .containsExactlyElementsOf(expected);
            }
            assertThat(topology.deadLetters()).isEmpty();
        }
    }

    static Stream<Map<String, String>> configurations() {
        return Stream.of(
                config("krpo"),
                config("krpo", "estimator.baseline", "prior"),
                config("krpo", "estimator.baseline", "prior", "estimator.filter", "dynamic-sampling"),
                config("krpo", "estimator.observationNoise", "adaptive", "estimator.filter", "pods"),
                config("spo"),
                config("spo", "estimator.filter", "reinforce-rej", "estimator.filterComponent", "accuracy"),
                config("grpo", "estimator.filter", "pods", "estimator.podsKeep", "2"),
                config("gdpo"),
                config("grpo-lead"),
                config("reinforce", "estimator.filterComponent", "unused"),
                config("reinforce", "estimator.filter", "reinforce-rej"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpo", "reinforce"})
    void shouldRejectAGroupThatIsTooSmallWithTheMessageOfTheTopology(String estimator) {
        Map<String, String> config = config(estimator, "estimator.filter", "reinforce-rej");

        assertThatThrownBy(() -> new EstimatorMemory(Config.of(config))
                        .estimate("p1", "arithmetic", group(new Random(SEED), 0).subList(0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p1")
                .hasMessageContaining(detail(config, 1));
    }

    @Test
    void shouldRejectACompletionWithoutTheFiltersComponentWithTheMessageOfTheTopology() {
        Map<String, String> config =
                config("grpo", "estimator.filter", "reinforce-rej", "estimator.filterComponent", "style");

        assertThatThrownBy(() ->
                        new EstimatorMemory(Config.of(config)).estimate("p1", "arithmetic", group(new Random(SEED), 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(detail(config, GROUP));
    }

    /** The detail of the first member's dead letter. */
    private String detail(Map<String, String> config, int groupSize) {
        try (TopologyHarness topology = new TopologyHarness(stateDir, config)) {
            Observation first = group(new Random(SEED), 0).get(0);
            topology.pipe(Rollouts.member("p1", "g", groupSize, 0, first.reward())
                    .setRewardComponents(first.rewardComponents())
                    .build());
            return topology.deadLetter().getDetail();
        }
    }

    private static Map<String, String> config(String estimator, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("estimator.name", estimator));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    /** Completions with frequently equal rewards and varying lengths and versions. */
    private static List<Observation> group(Random random, long version) {
        List<Observation> group = new ArrayList<>();
        int levels = 1 + random.nextInt(3);
        for (int index = 0; index < GROUP; index++) {
            double accuracy = random.nextInt(levels) / 2.0;
            double format = random.nextInt(2);
            group.add(new Observation(
                    accuracy,
                    Math.max(0, version - random.nextInt(3)),
                    logProbs(random),
                    Map.of("accuracy", accuracy, "format", format)));
        }
        return group;
    }

    private static float[] logProbs(Random random) {
        float[] logProbs = new float[1 + random.nextInt(5)];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = (float) Math.log(random.nextDouble());
        }
        return logProbs;
    }

    private static void pipe(TopologyHarness topology, String prompt, String group, int index, Observation one) {
        topology.pipe(Rollouts.member(prompt, group, GROUP, index, one.reward())
                .setRewardComponents(one.rewardComponents())
                .setCompletionTokens(PrimitiveArrays.of(new int[one.length()]))
                .setBehaviourLogProbs(PrimitiveArrays.of(one.logProbs()))
                .setVersionRuns(List.of(new TokenRun(one.policyVersion(), one.length())))
                .build());
    }

    private static Optional<Advantage> advantage(AdvantageSample sample) {
        return sample.getLeftOut().isEmpty()
                ? Optional.of(new Advantage(sample.getAdvantage(), sample.getBaseline(), sample.getVariance()))
                : Optional.empty();
    }
}
