package dev.krpo.cli.experiment;

import dev.krpo.broker.DirectoryLock;
import dev.krpo.cli.config.UsageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            Job job = job(experiment, run);
            job.run(out.resolve(job.file()));
            return 0;
        }
        int parallel = processes == null ? Runtime.getRuntime().availableProcessors() : processes;
        if (parallel < 1) {
            throw new UsageException("--processes is " + parallel + "; use 1 at least");
        }
        PrintWriter screen = spec.commandLine().getOut();
        try (DirectoryLock lock = DirectoryLock.acquire(out);
                ChildProcesses children = new ChildProcesses(parallel)) {
            prepare(experiment, children, screen);
            RunPool pool = new RunPool(file, out, children, screen);
            Tuned tuned = Tuned.of(experiment, pool);
            List<RunSpec> runs = new ArrayList<>();
            List<GradientSpec> gradients = new ArrayList<>();
            for (String condition : experiment.conditions().keySet()) {
                for (String arm : experiment.arms().keySet()) {
                    for (int seed = 1; seed <= experiment.seeds(); seed++) {
                        runs.add(RunSpec.of(experiment, condition, arm, tuned.learningRate(condition, arm), seed));
                    }
                }
                for (int seed = 1;
                        experiment.gradients() != null
                                && seed <= experiment.gradients().seeds();
                        seed++) {
                    double learningRate = tuned.learningRate(condition, experiment.reference());
                    gradients.add(GradientSpec.of(experiment, condition, learningRate, seed));
                }
            }
            pool.make("runs", runs);
            pool.make("gradients", gradients);
            ExperimentReport report = new ExperimentReport(experiment, tuned, Results.read(pool, runs, gradients));
            report.write(out);
            screen.print(report.toText());
            screen.println("Report: " + out.resolve("report.html"));
            screen.flush();
        }
        return 0;
    }

    private void prepare(ExperimentConfig experiment, ChildProcesses children, PrintWriter screen)
            throws IOException, InterruptedException {
        for (ExperimentConfig.Preparation preparation : experiment.prepare()) {
            Path madeBy = preparation.makes().resolveSibling(preparation.makes().getFileName() + ".made-by");
            if (Files.exists(preparation.makes())) {
                String command = Files.exists(madeBy) ? Files.readString(madeBy) : "an unknown command";
                if (!command.equals(preparation.krpo())) {
                    throw new UsageException("prepare: " + preparation.makes() + " was made by `" + command
                            + "`, and the experiment wants `krpo " + preparation.krpo()
                            + "`; delete it, or let `makes` name another place");
                }
            } else {
                screen.println("prepare: krpo " + preparation.krpo());
                screen.flush();
                children.run(List.of(preparation.krpo().trim().split("\\s+")));
                if (!Files.exists(preparation.makes())) {
                    throw new UsageException("prepare: `krpo " + preparation.krpo() + "` did not make "
                            + preparation.makes() + "; correct one of the two");
                }
                Files.writeString(madeBy, preparation.krpo());
            }
        }
    }

    private static Job job(ExperimentConfig experiment, String name) {
        String[] parts = name.split("/", -1);
        if (parts.length != 4) {
            throw new UsageException("--run is '" + name + "'; use CONDITION/ARM/LEARNING-RATE/SEED");
        }
        long seed = Long.parseLong(parts[3]);
        double learningRate = Double.parseDouble(parts[2]);
        return parts[0].equals(GradientSpec.KIND)
                ? GradientSpec.of(experiment, parts[1], learningRate, seed)
                : RunSpec.of(experiment, parts[0], parts[1], learningRate, seed);
    }
}
