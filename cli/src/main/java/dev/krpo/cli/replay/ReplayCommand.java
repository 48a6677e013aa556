package dev.krpo.cli.replay;

import dev.krpo.cli.config.EstimatorNames;
import dev.krpo.cli.config.UsageException;
import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.estimators.Estimators;
import dev.krpo.settings.Config;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo replay}: makes a policy version again, or estimates the run again. */
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Reproduce a policy version from the log, or estimate the recorded rollouts again.",
            "",
            "Without --estimator: replays the recorded steps from a checkpoint and the log alone, and compares"
                    + " the weights of every"
                    + " version with the SHA-256 that the trainer announced. On a CPU, with the engine of the"
                    + " run, they are"
                    + " bit-identical; if not, the first difference is shown and the exit code is 1.",
            "",
            "With --estimator: the recorded rollouts go through the topology with another estimator, into the topics of"
                    + " --output-prefix, and a table compares it with the recorded one. `krpo train-offline` can"
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
            description = "The checkpoint to start from; it must have been kept, as version 0 always is (default: 0).")
    private Long from;

    @Option(
            names = "--estimator",
            paramLabel = "NAME",
            completionCandidates = EstimatorNames.class,
            description = "Estimate again with ${COMPLETION-CANDIDATES}; its options with --set estimator.*.")
    private String estimator;

    @Option(names = "--output-prefix", paramLabel = "PREFIX", description = "topics.prefix of the result.")
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
            throw new UsageException(
                    "--estimator and --output-prefix go together: what to estimate with, and where to");
        }
        if (estimator != null && (to != null || from != null)) {
            throw new UsageException("--from and --to are for making a version again; leave them out with --estimator");
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
