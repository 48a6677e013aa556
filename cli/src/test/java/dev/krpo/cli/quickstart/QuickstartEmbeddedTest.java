package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
    void shouldLearnWriteItsReportAndGoOnWhereItStopped(@TempDir Path directory) throws Exception {
        Path run = directory.resolve("run");

        assertThat(run("--run-dir", run.toString(), "--max-minutes", "0.4", "--seed", "3"))
                .isEqualTo("0: ");
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

        assertThat(run("--run-dir", run.toString(), "--resume", "--max-minutes", "0.4", "--seed", "3"))
                .isEqualTo("0: ");
        JsonNode second =
                new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        assertThat(second.get("policy_versions").asLong())
                .isGreaterThan(first.get("policy_versions").asLong());
    }

    @Test
    void shouldRefuseWrongOptionsBeforeAnyWorkStarts(@TempDir Path directory) throws Exception {
        assertThat(run("--estimator", "gpro")).contains("gpro").contains("krpo-reference");
        assertThat(run("--max-minutes", "0")).contains("--max-minutes 0.0");
        assertThat(run("--resume", "--run-dir", directory.toString())).contains("holds no run");
        Files.createDirectories(directory.resolve("broker"));
        assertThat(run("--run-dir", directory.toString())).contains("add --resume");
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
