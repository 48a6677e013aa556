package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.pipeline.settings.Settings;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class KrpoTest {

    @TempDir
    private Path folder;

    static Stream<List<String>> commands() {
        List<List<String>> paths = new ArrayList<>();
        collect(Krpo.commandLine(), List.of(), paths);
        return paths.stream();
    }

    private static void collect(CommandLine command, List<String> path, List<List<String>> paths) {
        if (!path.isEmpty()) {
            paths.add(path);
        }
        command.getSubcommands().forEach((name, sub) -> {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            collect(sub, deeper, paths);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldShowAnExample(List<String> command) {
        List<String> args = new ArrayList<>(command);
        args.add("--help");

        Cli run = Cli.run(args.toArray(String[]::new));

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Example").contains("krpo " + String.join(" ", command));
    }

    @Test
    void shouldNameEveryCommandInTheHelp() {
        Cli run = Cli.run("--help");

        assertThat(run.exitCode()).isZero();
        Krpo.commandLine().getSubcommands().keySet().forEach(name -> assertThat(run.out())
                .contains("  " + name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"worcker", "--frobnicate", "topics frob", "prompts load", "data arithmetic --terms x"})
    void shouldReportInvalidUsageInOneLine(String args) {
        Cli run = Cli.run(args.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("krpo: ").hasLineCount(1).contains("--help");
    }

    @Test
    void shouldNameTheNearestCommand() {
        assertThat(Cli.run("worcker").err()).contains("did you mean worker");
        assertThat(Cli.run("inspect", "--run-dri", "x", "steps").err()).doesNotContain("did you mean --");
        assertThat(Cli.run("eval", "--held-out", "f", "--chekpoint", "x").err()).contains("did you mean --checkpoint?");
        assertThat(Cli.run("xyz").err()).doesNotContain("did you mean");
        assertThat(Cli.run("topics", "frob").err()).doesNotContain("did you mean");
    }

    @Test
    void shouldReportAnInvalidConfigurationInOneLine() throws IOException {
        Path config = Files.writeString(folder.resolve("krpo.yaml"), "topics:\n  partitions: many\n");

        Cli run = Cli.run("streams", "--config", config.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .isEqualTo("krpo: " + config + ":2: topics.partitions is 'many'; use a whole number from 1 to 10000"
                        + System.lineSeparator());
    }

    @Test
    void shouldPrintAStackTraceOnlyWhenAsked() {
        assertThat(Cli.run("streams", "--set", "a=b").err()).doesNotContain("\tat ");
        assertThat(Cli.run("streams", "--set", "a=b", "--stacktrace").err()).contains("\tat dev.krpo");
    }

    @Test
    void shouldPrintTheResolvedConfigurationWithoutStarting() {
        Cli run = Cli.run(
                "streams", "--set", "topics.prefix=demo", "--set", "kafka.ssl.key.password=x", "--print-config");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("topics.prefix: demo  # --set").contains("kafka.ssl.key.password: ********");
    }

    @Test
    void shouldNameTheAddressAndTheSettingWhenNoBrokerAnswers() {
        Cli run =
                Cli.run("topics", "check", "--bootstrap-servers", "localhost:1", "--set", "broker.connectTimeoutMs=0");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .startsWith("krpo: no Kafka broker answers at localhost:1")
                .contains("broker.connectTimeoutMs")
                .hasLineCount(1);
    }

    @Test
    void shouldRequireARewardOnlyWhereCompletionsAreScored() {
        String[] unreachable = {
            "--set",
            "worker.reward=mine",
            "--set",
            "streams.stateDir=" + folder,
            "--bootstrap-servers",
            "localhost:1",
            "--set",
            "broker.connectTimeoutMs=0"
        };

        for (String command : List.of("topics check", "streams", "trainer")) {
            Cli run = Cli.run(Stream.concat(Stream.of(command.split(" ")), Stream.of(unreachable))
                    .toArray(String[]::new));
            assertThat(run.exitCode()).as(command).isEqualTo(1);
            assertThat(run.err()).as(command).contains("no Kafka broker answers");
        }
        Cli worker = Cli.run(
                Stream.concat(Stream.of("worker"), Stream.of(unreachable)).toArray(String[]::new));
        assertThat(worker.exitCode()).isEqualTo(2);
        assertThat(worker.err())
                .contains("worker.reward")
                .contains("there is no reward \"mine\"")
                .hasLineCount(1);
    }

    @Test
    void shouldOfferTheMetersOfARoleOverJmxWhileItRuns() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        ObjectName rollouts = new ObjectName("metrics:name=krpoStreamsRollouts,type=meters");
        CompletableFuture<Cli> role = CompletableFuture.supplyAsync(() -> Cli.run(
                "streams",
                "--set",
                "streams.stateDir=" + folder,
                "--bootstrap-servers",
                "localhost:1",
                "--set",
                "broker.connectTimeoutMs=5000"));

        await().until(() -> server.isRegistered(rollouts));

        assertThat(server.getAttribute(rollouts, "Count")).isEqualTo(0L);
        assertThat(role.join().exitCode()).isEqualTo(Krpo.FAILURE);
        assertThat(server.isRegistered(rollouts)).isFalse();
    }

    @Test
    void shouldReportThatNoGroupFitsIntoABatchBeforeAnythingStarts() {
        Cli run = Cli.run("worker", "--set", "worker.maxBatchRows=4", "--set", "scheduler.groupSize=8");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("worker.maxBatchRows is 4").contains("scheduler.groupSize is 8");
    }

    @Test
    void shouldPrintTheSettings() {
        assertThat(Cli.run("settings").out()).isEqualTo(Settings.toMarkdown());
    }

    @Test
    void shouldWriteQuestionsThatItCanLoad() throws IOException {
        Path train = folder.resolve("data/train.jsonl");
        Path heldOut = folder.resolve("data/held-out.jsonl");
        String[] args = {
            "data",
            "arithmetic",
            "--count",
            "100",
            "--held-out-count",
            "20",
            "--train",
            train.toString(),
            "--held-out",
            heldOut.toString()
        };

        assertThat(Cli.run(args).exitCode()).isZero();
        assertThat(PromptFile.readAll(train, PromptFormat.standard("d"))).hasSize(100);
        assertThat(PromptFile.readAll(heldOut, PromptFormat.standard("d"))).hasSize(20);
        String bytes = Files.readString(train);
        assertThat(Cli.run(args).exitCode()).isZero();
        assertThat(train).hasContent(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--model ", "--set policy.baseModel="})
    void shouldNameTheLinesThatTheModelCannotProcessBeforeConnecting(String option) throws IOException {
        Path file = Files.writeString(
                folder.resolve("p.jsonl"),
                "{\"question\":\"1+2=\",\"answer\":\"3\"}\n"
                        + "{\"question\":\"1+2=\u00a7\",\"answer\":\"3\"}\n"
                        + "{\"question\":\"" + "1".repeat(1_000) + "\",\"answer\":\"3\"}\n");
        String[] args = ("prompts load " + file + " --bootstrap-servers localhost:1 " + option
                        + "../examples/arithmetic/base-model")
                .split(" ");

        Cli run = Cli.run(args);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines().limit(2))
                .satisfiesExactly(
                        first -> assertThat(first).startsWith(file + ":2: ").contains("has no token"),
                        second -> assertThat(second).startsWith(file + ":3: ").contains("has 1000 tokens"));
    }

    @Test
    void shouldRejectABadPromptFileBeforeConnecting() throws IOException {
        Path file = Files.writeString(
                folder.resolve("p.jsonl"), "{\"question\":\"1+2=\",\"answer\":\"3\"}\nno\n{\"question\":\"1+2=\"}\n");

        Cli run = Cli.run("prompts", "load", file.toString(), "--bootstrap-servers", "localhost:1");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines().toList())
                .satisfiesExactly(
                        first -> assertThat(first).startsWith(file + ":2: not JSON"),
                        second -> assertThat(second).startsWith(file + ":3: field \"answer\" is missing"),
                        third -> assertThat(third)
                                .isEqualTo(
                                        "krpo: 2 bad lines, nothing was loaded; correct the file or add --skip-bad"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--held-out none.jsonl", "--held-out p.jsonl --max-new-tokens 0"})
    void shouldRejectAnEvaluationWithoutQuestionsOrTokens(String args) {
        Cli run = Cli.run(("eval " + args).split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).hasLineCount(1);
    }
}
