package dev.krpo.experiments;

import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs an experiment from preparation to report; reuses existing results. */
public final class Experiment {

    private final ExperimentConfig experiment;
    private final Path file;
    private final Path out;
    private final PrintWriter screen;

    /**
     * @param file source of the configuration
     * @param out directory for results and report, owned by this process
     * @param screen for progress and a short report
     */
    public Experiment(ExperimentConfig experiment, Path file, Path out, PrintWriter screen) {
        this.experiment = experiment;
        this.file = file;
        this.out = out;
        this.screen = screen;
    }

    /**
     * @param parallel number of concurrent runs, each in a single-threaded process
     * @throws UsageException if a preparation does not create the file it names
     */
    public void run(int parallel) throws IOException, InterruptedException {
        try (ChildProcesses children = new ChildProcesses(parallel)) {
            prepare(children);
            RunPool pool = new RunPool(file, out, children, screen);
            TunedLearningRates tuned = TunedLearningRates.of(experiment, pool);
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
    }

    private void prepare(ChildProcesses children) throws IOException, InterruptedException {
        for (ExperimentConfig.Preparation preparation : experiment.prepare()) {
            Path madeBy = preparation.makes().resolveSibling(preparation.makes().getFileName() + ".made-by");
            if (Files.exists(preparation.makes())) {
                String command = Files.exists(madeBy) ? Files.readString(madeBy) : "an unknown command";
                if (!command.equals(preparation.krpo())) {
                    throw new UsageException("prepare: " + preparation.makes() + " was made by `" + command
                            + "`, but the experiment requires `krpo " + preparation.krpo()
                            + "`; delete it, or change `makes` to another path");
                }
            } else {
                screen.println("prepare: krpo " + preparation.krpo());
                screen.flush();
                children.run(List.of(preparation.krpo().trim().split("\\s+")));
                if (!Files.exists(preparation.makes())) {
                    throw new UsageException("prepare: `krpo " + preparation.krpo() + "` did not create "
                            + preparation.makes() + "; correct one of the two");
                }
                Files.writeString(madeBy, preparation.krpo());
            }
        }
    }
}
