package dev.krpo.cli.quickstart;

import dev.krpo.pipeline.report.Accuracy;
import dev.krpo.pipeline.report.RunStatistics;
import dev.krpo.pipeline.report.StepPoint;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Shows a run's progress: redrawn in place on a terminal, periodic lines otherwise. */
final class LiveView {

    private static final String BLOCKS = "▁▂▃▄▅▆▇█";
    private static final int WIDTH = 40;
    private static final long PLAIN_MS = 10_000;

    private final PrintStream out;
    private final boolean terminal;
    private final boolean color;
    private long plainAtMs;
    private int lines;

    LiveView(PrintStream out, boolean terminal, boolean color) {
        this.out = out;
        this.terminal = terminal;
        this.color = color;
    }

    void show(RunStatistics run, double startAccuracy, long elapsedMs, long budgetMs) {
        if (terminal) {
            String text = text(run, startAccuracy, elapsedMs, budgetMs);
            out.print((lines > 0 ? "\033[" + lines + "A\033[J" : "") + text);
            out.flush();
            lines = (int) text.lines().count();
        } else if (System.currentTimeMillis() - plainAtMs >= PLAIN_MS) {
            plainAtMs = System.currentTimeMillis();
            out.println(plain(run, startAccuracy, elapsedMs));
        }
    }

    private String text(RunStatistics run, double startAccuracy, long elapsedMs, long budgetMs) {
        double part = Math.min(1, (double) elapsedMs / budgetMs);
        int filled = (int) Math.round(part * WIDTH);
        double seconds = Math.max(1, elapsedMs / 1000.0);
        return String.format(
                Locale.ROOT,
                "  %s%s%s %3.0f s of %.0f s, version %d%n"
                        + "  reward       %s  %s%n"
                        + "  held-out     %.1f %% at the start, now %s%n"
                        + "  tokens/s     %.0f generated, %.0f trained%n"
                        + "  staleness    %.2f versions on average, %d maximum%n"
                        + "  lag          %d samples between worker and trainer%n"
                        + "  busy         worker %.0f %%, trainer %.0f %%: %s%n",
                color ? "\033[32m" : "",
                "█".repeat(filled) + "░".repeat(WIDTH - filled),
                color ? "\033[0m" : "",
                elapsedMs / 1000.0,
                budgetMs / 1000.0,
                run.versions(),
                number(run.recentReward()),
                sparkline(run.steps()),
                100 * startAccuracy,
                newest(run),
                run.tokensGenerated() / seconds,
                run.tokensTrained() / seconds,
                recentStaleness(run.steps()),
                run.stalenessMax(),
                run.lag(),
                100 * run.busy(run.workerIntervals()),
                100 * run.busy(run.trainerIntervals()),
                inWords(run));
    }

    private static String plain(RunStatistics run, double startAccuracy, long elapsedMs) {
        return String.format(
                Locale.ROOT,
                "%4.0f s  version %4d  reward %s  held-out %.1f %% -> %s  staleness %.2f  lag %d  busy worker"
                        + " %.0f %% trainer %.0f %%",
                elapsedMs / 1000.0,
                run.versions(),
                number(run.recentReward()),
                100 * startAccuracy,
                newest(run),
                recentStaleness(run.steps()),
                run.lag(),
                100 * run.busy(run.workerIntervals()),
                100 * run.busy(run.trainerIntervals()));
    }

    private static String inWords(RunStatistics run) {
        double worker = run.busy(run.workerIntervals());
        double trainer = run.busy(run.trainerIntervals());
        if (worker > trainer + 0.2) {
            return "the trainer waits for rollouts";
        }
        return trainer > worker + 0.2 ? "the worker waits for demand" : "both are busy";
    }

    private static String newest(RunStatistics run) {
        List<Accuracy> all = run.accuracies();
        return all.isEmpty()
                ? "not measured yet"
                : String.format(
                        Locale.ROOT, "%.1f %%", 100 * all.get(all.size() - 1).value());
    }

    private static double recentStaleness(List<StepPoint> steps) {
        return steps.subList(Math.max(0, steps.size() - 8), steps.size()).stream()
                .mapToDouble(StepPoint::stalenessMean)
                .average()
                .orElse(0);
    }

    private static String number(double reward) {
        return Double.isNaN(reward) ? "  -  " : String.format(Locale.ROOT, "%.3f", reward);
    }

    private static String sparkline(List<StepPoint> steps) {
        StringBuilder line = new StringBuilder();
        int columns = Math.min(WIDTH, steps.size());
        for (int column = 0; column < columns; column++) {
            int from = column * steps.size() / columns;
            int to = Math.max(from + 1, (column + 1) * steps.size() / columns);
            double mean = steps.subList(from, to).stream()
                    .mapToDouble(StepPoint::reward)
                    .average()
                    .orElse(0);
            line.append(BLOCKS.charAt((int) Math.max(0, Math.min(7, Math.floor(mean * 8)))));
        }
        return line.toString();
    }
}
