package dev.krpo.cli;

import dev.krpo.broker.DirectoryLock;
import dev.krpo.experiments.Experiment;
import dev.krpo.experiments.ExperimentConfig;
import dev.krpo.experiments.ExperimentJob;
import dev.krpo.settings.UsageException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo experiment}. */
@Command(
        name = "experiment",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compare estimators, losses or settings on equal numbers of rollouts, with error bars.",
            "Each run is the pipeline in one thread without a broker (same sampler, reward, estimator, loss and"
                    + " optimizer), so that"
                    + " its result depends on its configuration alone. First every arm's step size is tuned on"
                    + " the same grid,"
                    + " then every arm runs in every condition with every seed. Results go to --out: a CSV for"
                    + " each run,"
                    + " report.html, report.md, figures. Runs whose results exist are not repeated."
        },
        footer = {
            "",
            "Example: krpo experiment examples/experiments/headline.yaml --out runs/headline",
            "",
            "The file (see examples/experiments): title, prepare (krpo commands that make models and questions),"
                    + " task (model, train,"
                    + " heldOut), rollouts, evaluations, seeds, targets, reference, tuning (learningRates,"
                    + " seeds, condition),"
                    + " settings, conditions (task, rewardFlip, lag, settings), arms (settings by name)."
        })
public final class ExperimentCommand implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "The experiment, YAML.")
    private Path file;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Where results and report go; an existing directory is resumed.")
    private Path out;

    @Option(
            names = "--processes",
            paramLabel = "N",
            description = "Runs at a time, each in a process with one thread (default: the number of cores).")
    private Integer processes;

    @Option(
            names = "--run",
            hidden = true,
            paramLabel = "CONDITION/ARM/LEARNING-RATE/SEED",
            description = "Make this run only; what the command starts itself for each run.")
    private String run;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        ExperimentConfig experiment = ExperimentConfig.read(file);
        if (run != null) {
            ExperimentJob job = ExperimentJob.named(experiment, run);
            job.run(out.resolve(job.file()));
            return 0;
        }
        int parallel = processes == null ? Runtime.getRuntime().availableProcessors() : processes;
        if (parallel < 1) {
            throw new UsageException("--processes is " + parallel + "; use at least 1");
        }
        PrintWriter screen = spec.commandLine().getOut();
        try (DirectoryLock lock = DirectoryLock.acquire(out)) {
            new Experiment(experiment, file, out, screen).run(parallel);
        }
        return 0;
    }
}
