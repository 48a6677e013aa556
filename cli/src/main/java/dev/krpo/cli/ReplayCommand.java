package dev.krpo.cli;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.UsageException;
import dev.krpo.trainer.Replay;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo replay}: makes a policy version again, from the log. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Make a policy version again, from a checkpoint and the log alone, and compare the bits.",
            "Each recorded step names its samples in order and the settings it was taken with. The weights of every version on"
                    + " the way are compared with the SHA-256 that the trainer announced. On a CPU, with the engine of the run,"
                    + " they are equal to the bit; if not, the first difference is shown and the exit code is 1."
        },
        footer = {
            "",
            "Examples: krpo replay --run-dir runs/20261121-120000 --to 120",
            "          krpo replay --from 100 --to 120 --config cluster.yaml"
        })
final class ReplayCommand implements Callable<Integer> {

    @Option(names = "--to", paramLabel = "VERSION", description = "The version to make (default: the newest).")
    private Long to;

    @Option(
            names = "--from",
            paramLabel = "VERSION",
            defaultValue = "0",
            description = "The checkpoint to start from; it must have been kept, as version 0 always is"
                    + " (default: ${DEFAULT-VALUE}).")
    private long from;

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "The directory of a quickstart; its broker is started for the time of the replay.")
    private Path runDirectory;

    @Mixin
    private ConfigOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (from < 0 || (to != null && to <= from)) {
            throw new UsageException("--from is " + from + " and --to is " + (to == null ? "the newest" : to)
                    + "; 0 <= from < to must hold");
        }
        if (runDirectory == null) {
            return replay(options.resolve().values());
        }
        Path brokerDirectory = runDirectory.resolve("broker");
        if (!Files.isDirectory(brokerDirectory)) {
            throw new UsageException("--run-dir: " + runDirectory + " holds no run; give a directory that quickstart"
                    + " wrote without --ephemeral");
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(brokerDirectory)) {
            Map<String, String> defaults = new LinkedHashMap<>();
            defaults.put("kafka.bootstrap.servers", broker.bootstrapServers());
            defaults.put(
                    "policy.checkpoints", runDirectory.resolve("checkpoints").toString());
            defaults.put("policy.device", "cpu");
            return replay(options.resolve(defaults, "--run-dir").values());
        }
    }

    private int replay(Map<String, String> config) {
        Replay.Outcome outcome;
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("replay")
                .setUnit(" versions", 1)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .build()) {
            outcome = new Replay(config).run(from, Optional.ofNullable(to), (version, last) -> {
                bar.maxHint(last - from);
                bar.stepTo(version - from);
            });
        }
        PrintWriter out = spec.commandLine().getOut();
        if (outcome.difference().isEmpty()) {
            out.printf(
                    Locale.ROOT,
                    "version %d made again from version %d: SHA-256 %s, as announced;%nall %d versions are equal to the bit%n",
                    outcome.reached(),
                    outcome.from(),
                    outcome.sha256(),
                    outcome.reached() - outcome.from());
            return Krpo.OK;
        }
        Replay.Difference difference = outcome.difference().get();
        out.printf(
                Locale.ROOT,
                "version %d is the first that differs: SHA-256 %s, but %s was announced%n",
                difference.version(),
                outcome.sha256(),
                difference.announced());
        out.println(difference
                .tensor()
                .map(tensor -> "first tensor that differs: " + tensor)
                .orElse("its checkpoint was not kept, so the tensors cannot be compared"));
        if (!difference.environment().isEmpty()) {
            out.println("the run had another environment: " + difference.environment());
        }
        return Krpo.FAILURE;
    }
}
