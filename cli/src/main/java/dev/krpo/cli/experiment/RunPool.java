package dev.krpo.cli.experiment;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Makes the runs whose results are not there yet, several at a time, and says how far it is. */
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
     * @param phase what the runs are for, to be shown
     * @return the results, in the order of the runs
     */
    List<RunResult> results(String phase, List<RunSpec> runs) throws IOException, InterruptedException {
        List<RunSpec> missing = runs.stream()
                .filter(run -> !Files.exists(out.resolve(run.file())))
                .toList();
        screen.printf("%s: %d runs, %d of them are there already%n", phase, runs.size(), runs.size() - missing.size());
        screen.flush();
        make(phase, missing);
        List<RunResult> results = new ArrayList<>(runs.size());
        for (RunSpec run : runs) {
            results.add(RunResult.read(out.resolve(run.file())));
        }
        return results;
    }

    private void make(String phase, List<RunSpec> runs) throws IOException, InterruptedException {
        ExecutorService workers = Executors.newFixedThreadPool(children.limit());
        try {
            ExecutorCompletionService<RunSpec> finished = new ExecutorCompletionService<>(workers);
            runs.forEach(run -> finished.submit(() -> {
                children.run(
                        List.of("experiment", experiment.toString(), "--out", out.toString(), "--run", run.name()));
                return run;
            }));
            long start = System.nanoTime();
            for (int done = 1; done <= runs.size(); done++) {
                RunSpec run = finished.take().get();
                RunResult result = RunResult.read(out.resolve(run.file()));
                double minutes = (System.nanoTime() - start) / 60e9;
                screen.printf(
                        Locale.ROOT,
                        "%s %d/%d: %s: %.1f %% after %d rollouts, %.0f s; about %.0f min left%n",
                        phase,
                        done,
                        runs.size(),
                        run.name(),
                        100 * result.finalAccuracy(),
                        result.last().rollouts(),
                        result.last().seconds(),
                        minutes / done * (runs.size() - done));
                screen.flush();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause().getMessage(), e);
        } finally {
            workers.shutdownNow();
        }
    }
}
