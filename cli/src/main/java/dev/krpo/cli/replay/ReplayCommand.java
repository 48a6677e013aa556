package dev.krpo.cli.replay;

import dev.krpo.cli.config.EstimatorNames;
import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.estimators.Estimators;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo replay}: reproduces a policy version, or re-estimates the run. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reproduce a policy version from the log, or re-estimate the recorded rollouts.",
            "",
            "Without --estimator: replays the recorded steps from a checkpoint and the log alone, and compares"
                    + " the weights of every version with the SHA-256 that the trainer announced. On a CPU,"
                    + " with the run's engine, they are bit-identical; otherwise the first difference"
                    + " is shown and the exit code is 1.",
            "",
            "With --estimator: runs the recorded rollouts through the topology with another estimator, writes"
                    + " to the topics of --output-prefix, and prints a table comparing it with the recorded"
                    + " estimator. `krpo train-offline` can"
                    + " train from the"
                    + " result."
        },
        footer = {
            "",
            "Examples: krpo replay --run-dir runs/20261121-120000 --to 120",
            "          krpo replay --from 100 --to 120 --config cluster.yaml",
            "          krpo replay --estimator krpo --set estimator.scale=none --output-prefix again --config"
                    + " cluster.yaml"
        })
public final class ReplayCommand implements Callable<Integer> {

    @Option(names = "--to", paramLabel = "VERSION", description = "The version to reproduce (default: the newest).")
    private Long to;

    @Option(
            names = "--from",
            paramLabel = "VERSION",
            description = "Version of the checkpoint to start from; it must have been retained, as version 0"
                    + " always is (default: 0).")
    private Long from;

    @Option(
            names = "--estimator",
            paramLabel = "NAME",
            completionCandidates = EstimatorNames.class,
            description = "Re-estimate with one of ${COMPLETION-CANDIDATES}; set its options with --set estimator.*.")
    private String estimator;

    @Option(names = "--output-prefix", paramLabel = "PREFIX", description = "topics.prefix for the results.")
    private String outputPrefix;

    @Mixin
    private RunOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        check();
        try (OpenRun run = options.openPatiently()) {
            return replay(run.config());
        }
    }

    private void check() {
        if ((estimator == null) != (outputPrefix == null)) {
            throw new UsageException("--estimator and --output-prefix must be given together");
        }
        if (estimator != null && (to != null || from != null)) {
            throw new UsageException("--from and --to select versions to reproduce; omit them with --estimator");
        }
        if (estimator != null && !Estimators.names().contains(estimator)) {
            throw new UsageException("--estimator " + estimator + " is unknown; known: " + Estimators.names());
        }
        if (start() < 0 || (to != null && to <= start())) {
            throw new UsageException("--from is " + start() + " and --to is " + (to == null ? "the newest" : to)
                    + "; 0 <= from < to must hold");
        }
    }

    private long start() {
        return from == null ? 0 : from;
    }

    private int replay(Config config) throws InterruptedException {
        if (estimator == null) {
            return VersionReplay.run(
                    config, start(), Optional.ofNullable(to), spec.commandLine().getOut());
        }
        Config chosen = config.with(Estimators.NAME, estimator, "--estimator");
        EstimatorReplay.run(chosen, outputPrefix, spec.commandLine().getOut());
        return 0;
    }
}
