package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Follows docs/use/your-reward.md as a reader would, with the real launcher in a home without sources, as in the image.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
@Timeout(120)
class YourRewardTest {

    private static final String RESULT = "examples/arithmetic/base-model has a mean reward of ";

    @TempDir
    private Path home;

    private LauncherHome launcher;

    @BeforeEach
    void writeTheRewardOfThePage() throws IOException {
        launcher = LauncherHome.at(home, "docs/use/your-reward.md");
        Files.writeString(home.resolve("CloseNumber.java"), launcher.block("java", 0));
    }

    @Test
    void shouldScoreWithTheRewardOfThePage() throws Exception {
        LauncherHome.Result run = launcher.run(Map.of(), launcher.block("sh", 0) + launcher.block("sh", 1));

        assertThat(run.exitCode()).as(run.output()).isZero();
        String line = run.output()
                .lines()
                .filter(one -> one.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new AssertionError(run.output()));
        assertThat(launcher.page()).contains("    " + line + "\n");
        List<String> answers = Files.readAllLines(home.resolve("answers.jsonl"));
        assertThat(answers).hasSize(500).allMatch(answer -> answer.contains("\"reward\":"));
    }

    @Test
    void shouldGiveTheJarsOfKrpoClasspathToCommandsAndTheirChildProcesses() throws Exception {
        launcher.writeExperiment("worker.reward: close-number");

        LauncherHome.Result packed =
                launcher.run(Map.of(), launcher.block("sh", 0) + "mkdir jars; mv plugins/my-reward.jar jars\n");
        assertThat(packed.exitCode()).as(packed.output()).isZero();
        LauncherHome.Result without = launcher.run(Map.of(), "./krpo experiment experiment.yaml --out out");
        LauncherHome.Result with =
                launcher.run(Map.of("KRPO_CLASSPATH", ":jars/*"), "./krpo experiment experiment.yaml --out out");

        assertThat(without.exitCode()).as(without.output()).isEqualTo(2);
        assertThat(without.output()).contains("there is no reward \"close-number\"", "KRPO_CLASSPATH");
        assertThat(with.exitCode()).as(with.output()).isZero();
        assertThat(with.output()).contains("runs 1/1");
    }

    @Test
    void shouldNameTheEntryOfKrpoClasspathThatDoesNotExist() throws Exception {
        LauncherHome.Result run =
                launcher.run(Map.of("KRPO_CLASSPATH", "CloseNumber.java:nowhere/*"), "./krpo --version");

        assertThat(run)
                .isEqualTo(new LauncherHome.Result(
                        1,
                        "krpo: KRPO_CLASSPATH names nowhere/*, which does not exist; correct the path or"
                                + " unset the variable\n"));
    }

    @Test
    void shouldNameClassJarAndRemedyOfARewardThatIsBroken() throws Exception {
        LauncherHome.Result run = launcher.run(
                Map.of(),
                launcher.block("sh", 0) + "rm my-reward/example/CloseNumber.class\n"
                        + "jar --create --file plugins/my-reward.jar -C my-reward .\n" + launcher.block("sh", 1));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output())
                .contains("example.CloseNumber in " + home.toRealPath().resolve("plugins/my-reward.jar"))
                .contains("compile the class into the jar")
                .hasLineCount(1);
    }
}
