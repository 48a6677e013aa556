package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(value = 300, unit = TimeUnit.SECONDS)
class QuickstartEmbeddedTest {

    @BeforeAll
    static void home() {
        System.setProperty("krpo.home", "..");
    }

    @AfterAll
    static void noHome() {
        System.clearProperty("krpo.home");
    }

    @Test
    void shouldKeepTheRunOnCtrlCAndGoOnWhereItStopped(@TempDir Path directory) throws Exception {
        Path run = directory.resolve("run");

        interrupt("quickstart", "--run-dir", run.toString(), "--max-minutes", "5", "--seed", "3");
        JsonNode first = new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        List<String> names = new ArrayList<>();
        first.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .containsExactly(
                        "held_out_accuracy_start",
                        "held_out_accuracy_end",
                        "seconds",
                        "policy_versions",
                        "rollouts",
                        "tokens_trained",
                        "tokens_generated",
                        "staleness_max",
                        "busy_worker",
                        "busy_trainer",
                        "estimator",
                        "seed");
        assertThat(first.get("policy_versions").asLong()).isPositive();
        assertThat(first.get("seed").asLong()).isEqualTo(3);
        String report = Files.readString(run.resolve("report.html")).replaceFirst("<!DOCTYPE html>", "");
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(report.getBytes(StandardCharsets.UTF_8)));

        assertThat(run("--resume", "--run-dir", run.toString(), "--seed", "4")).contains("has 3");
        assertThat(run("--resume", "--run-dir", run.toString(), "--estimator", "grpo"))
                .contains("has krpo");
        assertThat(run("--resume", "--run-dir", run.toString(), "--max-minutes", "0.4"))
                .isEqualTo("0: ");
        JsonNode second =
                new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        assertThat(second.get("policy_versions").asLong())
                .isGreaterThan(first.get("policy_versions").asLong());
        assertThat(second.get("seed").asLong()).isEqualTo(3);
    }

    @Test
    void shouldRefuseWrongOptionsBeforeAnyWorkStarts(@TempDir Path directory) throws Exception {
        assertThat(run("--estimator", "gpro")).contains("gpro").contains("krpo-reference");
        assertThat(run("--max-minutes", "0")).contains("--max-minutes 0.0");
        assertThat(run("--resume", "--run-dir", directory.toString())).contains("holds no run");
        Files.createDirectories(directory.resolve("broker"));
        assertThat(run("--run-dir", directory.toString())).contains("add --resume");
    }

    /** Runs the command in a process of its own and sends it Ctrl-C's signal once it has trained. */
    private static void interrupt(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dkrpo.home=..",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.krpo.cli.Krpo"));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            List<String> lines = new ArrayList<>();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
                if (line.matches(".* version +[1-9].*") && lines.stream().noneMatch("interrupted"::equals)) {
                    lines.add("interrupted");
                    assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                                    .start()
                                    .waitFor())
                            .isZero();
                }
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(lines).as("the output").contains("interrupted", "stopping cleanly ...");
            assertThat(lines.get(lines.size() - 1)).startsWith("stopped; go on with: ./krpo quickstart --resume");
        } finally {
            process.destroyForcibly();
        }
    }

    private static String run(String... args) {
        StringWriter errors = new StringWriter();
        CommandLine commandLine = new CommandLine(new QuickstartCommand())
                .setExecutionExceptionHandler((exception, command, parsed) -> {
                    errors.write(String.valueOf(exception.getMessage()));
                    return 1;
                });
        commandLine.setErr(new PrintWriter(errors));
        int code = commandLine.execute(args);
        return code + ": " + errors;
    }
}
