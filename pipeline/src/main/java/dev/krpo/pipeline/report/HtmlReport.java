package dev.krpo.pipeline.report;

import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** One self-contained page with the curves of a run. */
public final class HtmlReport {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 200;
    private static final int LEFT = 56;
    private static final int BOTTOM = 28;
    private static final int TICKS = 5;

    private HtmlReport() {}

    public static String of(RunStatistics run, Summary summary, Config config) {
        List<StepPoint> steps = run.steps();
        StringBuilder page = new StringBuilder("""
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"/><title>KRPO Streams run</title><style>
                :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff;
                  --line: #2563eb; --soft: #93b4f5; --rule: #d0d7de; }
                @media (prefers-color-scheme: dark) {
                  :root { --ink: #e6edf3; --paper: #0d1117; --line: #6ea8fe; --soft: #2c4a80; --rule: #30363d; } }
                body { font: 15px/1.5 system-ui, sans-serif; max-width: 780px; margin: 2rem auto; padding: 0 1rem;
                  color: var(--ink); background: var(--paper); }
                h2 { font-size: 1.05rem; margin: 1.6rem 0 .3rem; } svg { width: 100%; height: auto; }
                text { fill: var(--ink); font-size: 11px; } .axis { stroke: var(--rule); }
                .raw { stroke: var(--soft); fill: none; }
                .mean { stroke: var(--line); stroke-width: 2; fill: none; } .dot { fill: var(--line); }
                table { border-collapse: collapse; width: 100%; }
                td { border-bottom: 1px solid var(--rule); padding: .2rem .4rem; font-variant-numeric: tabular-nums; }
                </style></head><body>
                """);
        page.append(String.format(
                Locale.ROOT,
                "<h1>%s learned arithmetic</h1><p>%s went from <b>%.1f %%</b> to <b>%.1f %%</b> in %.0f s: %d"
                        + " policy versions from %d rollouts, seed %d.</p>%n",
                escape(summary.estimator()),
                escape(summary.measure()),
                100 * summary.heldOutAccuracyStart(),
                100 * summary.heldOutAccuracyEnd(),
                summary.seconds(),
                summary.policyVersions(),
                summary.rollouts(),
                summary.seed()));
        page.append(curve("Mean reward of each batch", "step", steps, StepPoint::reward, 0, 1));
        page.append(accuracy(run, summary));
        page.append(overlap(run, summary));
        page.append(curve(
                "Staleness of the samples, versions (mean)", "step", steps, StepPoint::stalenessMean, 0, Double.NaN));
        page.append(curve(
                "Entropy of the behaviour policy, nats per token", "step", steps, StepPoint::entropy, 0, Double.NaN));
        page.append(curve("Gradient norm before clipping", "step", steps, StepPoint::gradientNorm, 0, Double.NaN));
        page.append(curve("Share of clipped tokens", "step", steps, StepPoint::clipFraction, 0, Double.NaN));
        page.append("<h2>Settings of this run</h2><table>");
        config.toMap().forEach((name, value) -> page.append("<tr><td>")
                .append(escape(name))
                .append("</td><td>")
                .append(escape(value))
                .append("</td></tr>"));
        return page.append("</table></body></html>\n").toString();
    }

    /** The reward curve alone, for embedding in another page. */
    public static String rewardSvg(RunStatistics run) {
        return chart("Mean reward of each batch", "step", points(run.steps(), StepPoint::reward), true, 0, 1)
                .replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
                .replace("class=\"axis\"", "stroke=\"#d0d7de\"")
                .replace("class=\"raw\"", "stroke=\"#93b4f5\" fill=\"none\"")
                .replace("class=\"mean\"", "stroke=\"#2563eb\" stroke-width=\"2\" fill=\"none\"")
                .replace("<text ", "<text font-family=\"sans-serif\" font-size=\"11\" fill=\"#57606a\" ");
    }

    private static String curve(
            String title,
            String unit,
            List<StepPoint> steps,
            ToDoubleFunction<StepPoint> value,
            double low,
            double high) {
        return section(title, chart(title, unit, points(steps, value), true, low, high));
    }

    private static List<double[]> points(List<StepPoint> steps, ToDoubleFunction<StepPoint> value) {
        List<double[]> points = new ArrayList<>();
        steps.forEach(step -> points.add(new double[] {step.step(), value.applyAsDouble(step)}));
        return points;
    }

    private static String accuracy(RunStatistics run, Summary summary) {
        List<double[]> points = new ArrayList<>();
        run.accuracies().forEach(accuracy -> points.add(new double[] {accuracy.version(), accuracy.value()}));
        String title = escape(summary.measure()) + " by policy version";
        return section(title, chart(title, "version", points, false, 0, 1));
    }

    /** Two strips over time; where both are filled, worker and trainer were busy at once. */
    private static String overlap(RunStatistics run, Summary summary) {
        Interval span = run.span();
        double length = Math.max(1, span.endMs() - span.startMs());
        StringBuilder svg =
                new StringBuilder("<svg viewBox=\"0 0 " + WIDTH + " 84\" role=\"img\"><title>busy times</title>");
        List<List<Interval>> strips =
                List.of(Interval.union(run.workerIntervals()), Interval.union(run.trainerIntervals()));
        List<String> names = List.of("worker", "trainer");
        for (int strip = 0; strip < strips.size(); strip++) {
            int y = 8 + 30 * strip;
            svg.append(String.format("<text x=\"0\" y=\"%d\">%s</text>", y + 14, names.get(strip)));
            for (Interval interval : strips.get(strip)) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<rect class=\"dot\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"20\"/>",
                        LEFT + (interval.startMs() - span.startMs()) / length * (WIDTH - LEFT),
                        y,
                        Math.max(0.2, (interval.endMs() - interval.startMs()) / length * (WIDTH - LEFT))));
            }
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"80\">0 s</text><text x=\"%d\" y=\"80\">%.0f s</text></svg>",
                LEFT,
                WIDTH - 40,
                length / 1000));
        long both = Interval.overlap(run.workerIntervals(), run.trainerIntervals());
        return section(
                String.format(
                        Locale.ROOT,
                        "Busy: worker %.0f %%, trainer %.0f %%, both at once %.0f %% of the time",
                        100 * summary.busyWorker(),
                        100 * summary.busyTrainer(),
                        100 * both / length),
                svg.toString());
    }

    private static String section(String title, String body) {
        return "<h2>" + escape(title) + "</h2>" + body + "\n";
    }

    private static String chart(
            String title, String unit, List<double[]> points, boolean smooth, double low, double high) {
        if (points.isEmpty()) {
            return "<p>No measurements.</p>";
        }
        Axis axis = Axis.around(
                low,
                Double.isNaN(high)
                        ? points.stream().mapToDouble(p -> p[1]).max().orElseThrow()
                        : high,
                TICKS);
        double first = points.get(0)[0];
        double last = Math.max(first + 1, points.get(points.size() - 1)[0]);
        StringBuilder svg = new StringBuilder(String.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>", WIDTH, HEIGHT, escape(title)));
        for (double tick : axis.ticks()) {
            double y = y(tick, axis);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"4\""
                            + " y=\"%.1f\">%s</text>",
                    LEFT,
                    WIDTH,
                    y,
                    y,
                    y + 4,
                    Axis.text(tick)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\">%s %.0f</text><text x=\"%d\" y=\"%d\">%.0f</text>",
                LEFT,
                HEIGHT - 6,
                unit,
                first,
                WIDTH - 40,
                HEIGHT - 6,
                last));
        svg.append(path(smooth ? "raw" : "mean", points, first, last, axis));
        if (smooth) {
            svg.append(path("mean", smoothed(points), first, last, axis));
        }
        return svg.append("</svg>").toString();
    }

    private static String path(String style, List<double[]> points, double first, double last, Axis axis) {
        StringBuilder line = new StringBuilder("<polyline class=\"" + style + "\" points=\"");
        for (double[] point : points) {
            double x = LEFT + (point[0] - first) / (last - first) * (WIDTH - LEFT);
            line.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y(point[1], axis)));
        }
        return line.append("\"/>").toString();
    }

    private static double y(double value, Axis axis) {
        return 8 + (1 - axis.part(value)) * (HEIGHT - BOTTOM - 8);
    }

    private static List<double[]> smoothed(List<double[]> points) {
        List<double[]> smooth = new ArrayList<>();
        double mean = points.get(0)[1];
        for (double[] point : points) {
            mean += 0.1 * (point[1] - mean);
            smooth.add(new double[] {point[0], mean});
        }
        return smooth;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
