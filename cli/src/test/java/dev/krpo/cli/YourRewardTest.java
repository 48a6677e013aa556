package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String RESULT = "examples/arithmetic/base-model has a mean reward of ";

    private String page;

    @TempDir
    private Path home;

    @BeforeEach
    void copyTheLauncherAndThePage() throws IOException {
        page = Files.readString(ROOT.resolve("docs/use/your-reward.md"));
        Files.copy(ROOT.resolve("krpo"), home.resolve("krpo"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(home.resolve("examples"), ROOT.resolve("examples"));
        Files.writeString(home.resolve("CloseNumber.java"), block("java", 0));
        writeClassesOfThisBuild(Files.createDirectories(home.resolve("cli/target/lib")));
    }

    /** A jar without classes whose manifest refers to those compiled before this test. */
    private static void writeClassesOfThisBuild(Path lib) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> !entry.endsWith("test-classes"))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(lib.resolve("krpo.jar")), manifest).close();
    }

    private String block(String language, int index) {
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(page);
        for (int i = 0; i <= index; i++) {
            assertThat(block.find()).as("block %d of %s", i, language).isTrue();
        }
        return block.group(1);
    }

    private record Result(int exitCode, String output) {}

    private Result run(Map<String, String> environment, String script) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-euc", script)
                .directory(home.toFile())
                .redirectErrorStream(true);
        Path bin = Path.of(System.getProperty("java.home"), "bin");
        builder.environment().put("PATH", bin + File.pathSeparator + System.getenv("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    @Test
    void shouldScoreWithTheRewardOfThePage() throws Exception {
        Result run = run(Map.of(), block("sh", 0) + block("sh", 1));

        assertThat(run.exitCode()).as(run.output()).isZero();
        String line = run.output()
                .lines()
                .filter(one -> one.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new AssertionError(run.output()));
        assertThat(page).contains("    " + line + "\n");
        List<String> answers = Files.readAllLines(home.resolve("answers.jsonl"));
        assertThat(answers).hasSize(500).allMatch(answer -> answer.contains("\"reward\":"));
    }

    @Test
    void shouldGiveTheJarsOfKrpoClasspathToCommandsAndTheirChildProcesses() throws Exception {
        Files.writeString(home.resolve("experiment.yaml"), """
                title: a reward of a user
                task:
                  model: examples/arithmetic/base-model
                  train: examples/arithmetic/train.jsonl
                  heldOut: examples/arithmetic/held-out.jsonl
                rollouts: 16
                evaluations: 1
                seeds: 1
                reference: mine
                tuning: {learningRates: [1e-4]}
                settings: {trainer.batchSize: 16, scheduler.maxNewTokens: 5, worker.reward: close-number}
                conditions: {plain: }
                arms: {mine: }
                """);

        Result packed = run(Map.of(), block("sh", 0) + "mkdir jars; mv plugins/my-reward.jar jars\n");
        assertThat(packed.exitCode()).as(packed.output()).isZero();
        Result without = run(Map.of(), "./krpo experiment experiment.yaml --out out");
        Result with = run(Map.of("KRPO_CLASSPATH", ":jars/*"), "./krpo experiment experiment.yaml --out out");

        assertThat(without.exitCode()).as(without.output()).isEqualTo(2);
        assertThat(without.output()).contains("there is no reward \"close-number\"", "KRPO_CLASSPATH");
        assertThat(with.exitCode()).as(with.output()).isZero();
        assertThat(with.output()).contains("runs 1/1");
    }

    @Test
    void shouldNameTheEntryOfKrpoClasspathThatDoesNotExist() throws Exception {
        Result run = run(Map.of("KRPO_CLASSPATH", "CloseNumber.java:nowhere/*"), "./krpo --version");

        assertThat(run)
                .isEqualTo(new Result(
                        1,
                        "krpo: KRPO_CLASSPATH names nowhere/*, which does not exist; correct the path or"
                                + " unset the variable\n"));
    }

    @Test
    void shouldNameClassJarAndRemedyOfARewardThatIsBroken() throws Exception {
        Result run = run(
                Map.of(),
                block("sh", 0) + "rm my-reward/example/CloseNumber.class\n"
                        + "jar --create --file plugins/my-reward.jar -C my-reward .\n" + block("sh", 1));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.output())
                .contains("example.CloseNumber in " + home.toRealPath().resolve("plugins/my-reward.jar"))
                .contains("compile the class into the jar")
                .hasLineCount(1);
    }
}
