package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docs/change/adding-an-estimator.md and docs/change/adding-a-loss.md as a reader follows them. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
@Timeout(180)
class ExtensionPagesTest {

    @TempDir
    private Path home;

    private static final Extension ESTIMATOR = new Extension(
            "docs/change/adding-an-estimator.md",
            "MedianEstimator",
            "estimator.name",
            "median",
            "estimator.medianFloor",
            List.of("above 0", "unit: reward", "default: `0.5`", "Added by median"));

    private static final Extension LOSS = new Extension(
            "docs/change/adding-a-loss.md",
            "SoftGate",
            "trainer.policyLoss",
            "soft-gate",
            "trainer.softGateSlope",
            List.of("above 0", "default: `1.0`", "Steepness of the gate of soft-gate"));

    static Stream<Extension> extensions() {
        return Stream.of(ESTIMATOR, LOSS);
    }

    /**
     * A page, and what it adds.
     *
     * @param choice setting that chooses the class of the page
     * @param name its value for that
     * @param option setting of the class
     * @param documentation of the option
     */
    private record Extension(
            String page, String type, String choice, String name, String option, List<String> documentation) {

        LauncherHome at(Path home) throws IOException {
            LauncherHome launcher = LauncherHome.at(home, page);
            Files.writeString(home.resolve(type + ".java"), launcher.block("java", 0));
            launcher.writeExperiment("scheduler.groupSize: 4", choice + ": " + name, option + ": 0.1");
            return launcher;
        }
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void shouldDocumentAndTrainWithTheClassOfThePage(Extension extension) throws Exception {
        LauncherHome launcher = extension.at(home);

        LauncherHome.Result documented = launcher.run(Map.of(), launcher.block("sh", 0) + launcher.block("sh", 1));
        LauncherHome.Result trained = launcher.run(Map.of(), "./krpo experiment experiment.yaml --out out");

        assertThat(documented.exitCode()).as(documented.output()).isZero();
        assertThat(documented.output()).contains("`" + extension.option() + "`").contains(extension.documentation());
        assertThat(trained.exitCode()).as(trained.output()).isZero();
        assertThat(trained.output()).contains("runs 1/1");
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void shouldNameTheRemedyWhenTheJarIsMissing(Extension extension) throws Exception {
        LauncherHome.Result run = extension.at(home).run(Map.of(), """
                sed -i.bak /%s/d experiment.yaml
                ./krpo experiment experiment.yaml --out out
                """.formatted(extension.option()));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output())
                .contains(extension.choice() + " is '" + extension.name() + "'")
                .contains("put the jar that provides " + extension.name() + " into the folder plugins");
    }

    @ParameterizedTest
    @MethodSource("extensions")
    void shouldNameClassJarAndRemedyOfAClassThatIsBroken(Extension extension) throws Exception {
        LauncherHome launcher = extension.at(home);

        LauncherHome.Result run = launcher.run(Map.of(), launcher.block("sh", 0) + """
                rm */example/*Factory.class
                jar --create --file plugins/*.jar -C "$(dirname */example)" .
                sed -i.bak /%s/d experiment.yaml
                ./krpo experiment experiment.yaml --out out
                """.formatted(extension.option()));

        assertThat(run.exitCode()).as(run.output()).isEqualTo(2);
        assertThat(run.output())
                .contains(extension.choice(), extension.name())
                .contains("example." + extension.type() + "$Factory in "
                        + home.toRealPath().resolve("plugins"))
                .contains("compile the class into the jar");
    }

    @Test
    void shouldNameKeyJarAndRemedyWhenTheClassRepeatsAKey() throws Exception {
        LauncherHome launcher = LOSS.at(home);

        LauncherHome.Result run = launcher.run(
                Map.of(), "sed -i.bak s/softGateSlope/batchSize/ SoftGate.java\n" + launcher.block("sh", 0) + """
                        ./krpo --help > help.txt
                        ./krpo trainer --help > trainer-help.txt
                        ./krpo experiment experiment.yaml --out out || echo "exit code $?"
                        ./krpo settings || echo "exit code $?"
                        """);

        String error = "example.SoftGate$Factory in " + home.toRealPath().resolve("plugins/soft-gate.jar")
                + " defines the setting trainer.batchSize, which krpo defines too; give it another key in the class, or"
                + " remove the jar\nexit code 2\n";
        assertThat(run.exitCode()).as(run.output()).isZero();
        assertThat(run.output().replaceAll("(?m)^krpo: ", "")).isEqualTo(error + error);
        assertThat(home.resolve("help.txt")).content().contains("quickstart");
        assertThat(home.resolve("trainer-help.txt")).content().contains("--config");
    }
}
