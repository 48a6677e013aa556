package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** docs/change/adding-an-estimator.md as a reader follows it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
@Timeout(180)
class AddingAnEstimatorTest {

    @TempDir
    private Path home;

    private LauncherHome launcher;

    @BeforeEach
    void writeTheEstimatorOfThePage() throws IOException {
        launcher = LauncherHome.at(home, "docs/change/adding-an-estimator.md");
        Files.writeString(home.resolve("MedianEstimator.java"), launcher.block("java", 0));
        Files.writeString(home.resolve("experiment.yaml"), """
                title: an estimator of a user
                task:
                  model: examples/arithmetic/base-model
                  train: examples/arithmetic/train.jsonl
                  heldOut: examples/arithmetic/held-out.jsonl
                rollouts: 16
                evaluations: 1
                seeds: 1
                reference: mine
                tuning: {learningRates: [1e-4]}
                settings:
                  trainer.batchSize: 16
                  scheduler.maxNewTokens: 5
                  scheduler.groupSize: 4
                  estimator.name: median
                  estimator.medianFloor: 0.1
                conditions: {plain: }
                arms: {mine: }
                """);
    }

    @Test
    void shouldDocumentAndTrainWithTheEstimatorOfThePage() throws Exception {
        LauncherHome.Result documented = launcher.run(Map.of(), launcher.block("sh", 0) + launcher.block("sh", 1));
        LauncherHome.Result trained = launcher.run(Map.of(), "./krpo experiment experiment.yaml --out out");

        assertThat(documented.exitCode()).as(documented.output()).isZero();
        assertThat(documented.output())
                .contains("`estimator.medianFloor`", "above 0", "unit: reward", "default: `0.5`", "Added by median");
        assertThat(trained.exitCode()).as(trained.output()).isZero();
        assertThat(trained.output()).contains("runs 1/1");
    }

    @Test
    void shouldNameTheRemedyWhenTheJarIsMissing() throws Exception {
        LauncherHome.Result run = launcher.run(Map.of(), "./krpo experiment experiment.yaml --out out");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output()).contains("estimator.", "median");
    }

    @Test
    void shouldNameClassJarAndRemedyOfAnEstimatorThatIsBroken() throws Exception {
        LauncherHome.Result run = launcher.run(Map.of(), launcher.block("sh", 0) + """
                        rm 'median/example/MedianEstimator$Factory.class'
                        jar --create --file plugins/median.jar -C median .
                        sed -i.bak /medianFloor/d experiment.yaml
                        ./krpo experiment experiment.yaml --out out
                        """);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output())
                .contains("estimator.name", "median")
                .contains("example.MedianEstimator$Factory in "
                        + home.toRealPath().resolve("plugins/median.jar"))
                .contains("compile the class into the jar");
    }
}
