package dev.krpo.experiments;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Runs the missing jobs in parallel and reports progress. */
final class RunPool {

    private final Path experiment;
    private final Path out;
    private final ChildProcesses children;
    private final PrintWriter screen;

    RunPool(Path experiment, Path out, ChildProcesses children, PrintWriter screen) {
        this.experiment = experiment;
        this.out = out;
        this.children = children;
        this.screen = screen;
    }

    /**
     * Runs every job without a result; returns once all have one.
     *
     * @param phase name of the phase, for the progress line
     * @throws IllegalStateException if a job fails, with its output
     */
    void make(String phase, List<? extends ExperimentJob> jobs) throws IOException, InterruptedException {
        List<? extends ExperimentJob> missing =
                jobs.stream().filter(job -> !Files.exists(file(job))).toList();
        screen.printf("%s: %d jobs, %d already done%n", phase, jobs.size(), jobs.size() - missing.size());
        screen.flush();
        ExecutorService workers = Executors.newFixedThreadPool(children.limit());
        try {
            ExecutorCompletionService<ExperimentJob> finished = new ExecutorCompletionService<>(workers);
            missing.forEach(job -> finished.submit(() -> {
                children.run(
                        List.of("experiment", experiment.toString(), "--out", out.toString(), "--run", job.name()));
                return job;
            }));
            long start = System.nanoTime();
            for (int done = 1; done <= missing.size(); done++) {
                ExperimentJob job = finished.take().get();
                double minutes = (System.nanoTime() - start) / 60e9;
                screen.printf(
                        Locale.ROOT,
                        "%s %d/%d: %s: %s; about %.0f min left%n",
                        phase,
                        done,
                        missing.size(),
                        job.name(),
                        job.outcome(file(job)),
                        minutes / done * (missing.size() - done));
                screen.flush();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        } finally {
            workers.shutdownNow();
        }
    }

    /** Path of a job's result. */
    Path file(ExperimentJob job) {
        return out.resolve(job.file());
    }
}
