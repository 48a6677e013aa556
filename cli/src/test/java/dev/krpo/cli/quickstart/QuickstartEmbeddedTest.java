package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.run.InstallDirectory;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.worker.settings.WorkerSettings;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void shouldKeepTheRunOnCtrlCAndResumeWhereItStopped(@TempDir Path directory) throws Exception {
        Path run = directory.resolve("run");

        String[] first = {
            "--run-dir", run.toString(), "--max-minutes", "5", "--seed", "3", "--set", "topics.partitions=3"
        };
        try (QuickstartProcess process = new QuickstartProcess(first)) {
            process.awaitVersion();
            try (QuickstartProcess second = new QuickstartProcess("--resume", "--run-dir", run.toString())) {
                assertThat(second.awaitEnd())
                        .singleElement()
                        .asString()
                        .startsWith("krpo: " + run + " is in use by process " + process.pid()
                                + " (krpo quickstart, running since ");
                assertThat(second.exitCode()).isEqualTo(2);
            }
            process.interrupt();
            assertThat(process.awaitEnd())
                    .contains("stopping cleanly ...")
                    .filteredOn(line -> line.contains("--resume"))
                    .hasSize(1);
            assertThat(process.exitCode()).isZero();
        }
        JsonNode summary =
                new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        List<String> names = new ArrayList<>();
        summary.fieldNames().forEachRemaining(names::add);
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
                        "seed",
                        "reward");
        assertThat(summary.get("policy_versions").asLong()).isPositive();
        assertThat(summary.get("seed").asLong()).isEqualTo(3);
        String report = Files.readString(run.resolve("report.html")).replaceFirst("<!DOCTYPE html>", "");
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(report.getBytes(StandardCharsets.UTF_8)));

        assertThat(run("--resume", "--run-dir", run.toString(), "--seed", "4")).contains("uses 3");
        assertThat(run("--resume", "--run-dir", run.toString(), "--estimator", "grpo"))
                .contains("uses krpo");
        assertThat(run("--resume", "--run-dir", run.toString(), "--max-minutes", "0.4"))
                .isEqualTo("0: ");
        JsonNode second =
                new ObjectMapper().readTree(run.resolve("summary.json").toFile());
        assertThat(second.get("policy_versions").asLong())
                .isGreaterThan(summary.get("policy_versions").asLong());
        assertThat(second.get("seed").asLong()).isEqualTo(3);
    }

    @Test
    void shouldRejectInvalidOptionsBeforeAnyWorkStarts(@TempDir Path directory) throws Exception {
        assertThat(run("--estimator", "gpro")).contains("gpro").contains("krpo-reference");
        assertThat(run("--estimator", "grpo", "--set", "scheduler.groupSize=1"))
                .contains("estimator.name=grpo compares the completions of a group");
        assertThat(run("--max-minutes", "0")).contains("--max-minutes is 0.0");
        assertThat(run("--resume", "--run-dir", directory.toString())).contains("contains no run");
        Files.createDirectories(directory.resolve("broker"));
        assertThat(run("--run-dir", directory.toString())).contains("add --resume");
    }

    @Test
    void shouldReportWhyNothingWasLearned(@TempDir Path directory) throws Exception {
        // Start it as a build without this check would.
        Config config =
                configuration(directory).with(SchedulerSettings.GROUP_SIZE, 8).with(WorkerSettings.MAX_BATCH_ROWS, 4);
        List<Prompt> prompts = PromptFile.readAll(
                InstallDirectory.arithmetic().resolve("train.jsonl"), PromptFormat.standard("arithmetic"));
        Quickstart quickstart = new Quickstart(
                directory,
                directory.resolve("broker"),
                config,
                prompts,
                List.of(new Prompt("1+2=", "1+2=", "3", "held-out", Map.of())),
                new LiveView(System.out, false, false));

        assertThatThrownBy(() -> quickstart.run(30_000))
                .isInstanceOf(RunFailedException.class)
                .hasMessageMatching("nothing was learned: no training step in \\d+ s, from 0 rollouts; records were"
                        + " rejected: [a-z-]+ \\([0-9,]+\\).*`krpo dead-letters list --run-dir .*` shows them");
        assertThat(directory.resolve("summary.json")).exists();
    }

    private static Config configuration(Path directory) {
        QuickstartCommand command = new QuickstartCommand();
        new CommandLine(command).parseArgs();
        return command.configuration(new RunIdentity("krpo", 0), directory);
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
