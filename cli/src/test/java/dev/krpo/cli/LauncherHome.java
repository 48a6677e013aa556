package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The real launcher in a home without sources, as in the image, with the classes of this build, for a page of the
 * documentation that is followed in it.
 *
 * @param page text of the page
 */
record LauncherHome(Path home, String page) {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** @param page relative to the repository */
    static LauncherHome at(Path home, String page) throws IOException {
        Files.copy(ROOT.resolve("krpo"), home.resolve("krpo"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createSymbolicLink(home.resolve("examples"), ROOT.resolve("examples"));
        writeClassesOfThisBuild(Files.createDirectories(home.resolve("cli/target/lib")));
        return new LauncherHome(home, Files.readString(ROOT.resolve(page)));
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

    /** A fenced block of the page, counted from 0. */
    String block(String language, int index) {
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(page);
        for (int i = 0; i <= index; i++) {
            assertThat(block.find()).as("block %d of %s", i, language).isTrue();
        }
        return block.group(1);
    }

    /**
     * Writes {@code experiment.yaml}, which trains one batch of the arithmetic example.
     *
     * @param settings each {@code key: value}
     */
    void writeExperiment(String... settings) throws IOException {
        Files.writeString(
                home.resolve("experiment.yaml"),
                """
                title: an extension of a user
                task:
                  model: examples/arithmetic/base-model
                  train: examples/arithmetic/train.jsonl
                  heldOut: examples/arithmetic/held-out.jsonl
                rollouts: 16
                evaluations: 1
                seeds: 1
                reference: mine
                tuning: {learningRates: [1e-4]}
                conditions: {plain: }
                arms: {mine: }
                settings:
                  trainer.batchSize: 16
                  scheduler.maxNewTokens: 5
                """ + Stream.of(settings).map("  %s\n"::formatted).collect(Collectors.joining()));
    }

    record Result(int exitCode, String output) {}

    /** Runs a script in the home with this JDK. */
    Result run(Map<String, String> environment, String script) throws IOException, InterruptedException {
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
}
