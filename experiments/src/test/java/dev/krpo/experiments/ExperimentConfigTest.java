package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ExperimentConfigTest {

    private static final String GOOD = """
            title: test
            task: {model: m, train: t, heldOut: h}
            rollouts: 100
            evaluations: 2
            seeds: 3
            reference: a
            tuning: {learningRates: [0.1, 0.2], seeds: 1, condition: plain}
            conditions:
              plain:
              noisy: {rewardFlip: 0.1, lag: 2}
            arms:
              a: {estimator.name: grpo}
              b:
            """;

    @TempDir
    Path directory;

    @Test
    void shouldReadAnExperiment() throws IOException {
        ExperimentConfig config = read(GOOD);

        assertThat(config.conditions()).containsOnlyKeys("plain", "noisy");
        assertThat(config.conditions().get("noisy").lag()).isEqualTo(2);
        assertThat(config.conditions().get("plain").rewardFlip()).isZero();
        assertThat(config.arms().get("a")).containsEntry("estimator.name", "grpo");
        assertThat(config.tuning().learningRates()).isEqualTo(List.of(0.1, 0.2));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rollouts: 100|rollouts: 0|rollouts is 0; set the number
            seeds: 3|seeds: 0|seeds is 0
            reference: a|reference: c|reference is c; use the name of an arm: [a, b]
            rewardFlip: 0.1|rewardFlip: 0.7|conditions.noisy.rewardFlip is 0.7; use a probability in [0, 0.5)
            lag: 2|lag: -1|conditions.noisy.lag is -1
            condition: plain|condition: other|tuning.condition is other; use the name of a condition: [plain, noisy]
            [0.1, 0.2]|[0.1, -2]|tuning.learningRates is -2.0
            seeds: 1,|seeds: 0,|tuning.seeds is 0
            {rewardFlip|{flip|Unrecognized field "flip"
            b:|B!:|the name is B!; it is part of file names
            """)
    void shouldNameFieldValueAndRemedy(String good, String bad, String message) {
        assertThatThrownBy(() -> read(GOOD.replace(good, bad)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("experiment.yaml")
                .hasMessageContaining(message);
    }

    @Test
    void shouldNameAMissingField() {
        assertThatThrownBy(() -> read(GOOD.replace("rollouts: 100\n", "")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("rollouts");
    }

    @Test
    void shouldRejectAnArmWhoseGroupsAreTooSmallForItsFilter() throws IOException {
        ExperimentConfig config = read(GOOD.replace(
                "estimator.name: grpo",
                "estimator.name: reinforce, estimator.filter: reinforce-rej, scheduler.groupSize: 1"));

        assertThatThrownBy(() -> RunSpec.of(config, "plain", "a", 0.1, 1))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("arm a in condition ")
                .hasMessageContaining("scheduler.groupSize is 1")
                .hasMessageContaining("set it to 2 or more");
    }

    /** The examples in the documentation. */
    @ParameterizedTest
    @MethodSource("examples")
    void shouldReadEveryExample(Path example) {
        ExperimentConfig config = ExperimentConfig.read(example);

        config.conditions().keySet().forEach(condition -> config.arms().keySet().forEach(arm -> {
            for (double learningRate : config.tuning().learningRates()) {
                assertThat(RunSpec.of(config, condition, arm, learningRate, 1).name())
                        .startsWith(condition);
            }
        }));
    }

    static Stream<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("..", "examples", "experiments"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList().stream();
        }
    }

    private ExperimentConfig read(String yaml) throws IOException {
        return ExperimentConfig.read(Files.writeString(directory.resolve("experiment.yaml"), yaml));
    }
}
