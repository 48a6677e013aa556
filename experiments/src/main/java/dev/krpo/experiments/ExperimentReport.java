package dev.krpo.experiments;

import dev.krpo.experiments.GradientSpec.Measured;
import dev.krpo.pipeline.report.Axis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report of an experiment: tables, figures and CSV. */
final class ExperimentReport {

    private final ExperimentConfig experiment;
    private final String title;
    private final TunedLearningRates tuned;
    private final Results results;
    private final List<Table> tables = new ArrayList<>();
    private final Map<String, String> figures = new LinkedHashMap<>();

    ExperimentReport(ExperimentConfig experiment, TunedLearningRates tuned, Results results) {
        this.experiment = experiment;
        this.title = escape(experiment.title());
        this.tuned = tuned;
        this.results = results;
        results.curves().forEach((condition, arms) -> {
            tables.add(comparison(condition, arms));
            List<String> charts = CurveChart.svgs(title + ": " + condition, arms, experiment.reference());
            for (int i = 0; i < charts.size(); i++) {
                String part = charts.size() == 1 ? "" : "-" + (i + 1);
                figures.put("curves-" + condition + part + ".svg", charts.get(i));
            }
        });
        results.gradients().forEach((condition, measured) -> tables.add(gradients(condition, measured)));
        tuned.areas().forEach((condition, arms) -> tables.add(tuning(condition, arms)));
    }

    private Table comparison(String condition, Map<String, ArmResult> arms) {
        List<String> columns = new ArrayList<>(List.of("arm", "step size", "final accuracy, %", "area, %"));
        experiment.targets().forEach(target -> columns.add("rollouts to " + percent(target) + " %, thousands"));
        columns.add("share to reach " + experiment.reference());
        columns.add("seconds");
        Table table = new Table("Condition " + condition, columns);
        ArmResult reference = arms.get(experiment.reference());
        arms.forEach((name, arm) -> {
            List<String> row = new ArrayList<>(List.of(
                    name,
                    Axis.text(tuned.learningRate(condition, name)) + (tuned.atEdge(condition, name) ? " (edge)" : ""),
                    arm.finalAccuracy().times(100).format("%.1f"),
                    arm.area().times(100).format("%.1f")));
            experiment
                    .targets()
                    .forEach(
                            target -> row.add(arm.rolloutsTo(target).times(1e-3).format("%.1f")));
            row.add(arm.shareToReach(reference).format("%.2f"));
            row.add(String.format(Locale.ROOT, "%.0f", arm.seconds().value()));
            table.add(row);
        });
        return table;
    }

    private Table gradients(String condition, List<Measured> measured) {
        List<String> columns = new ArrayList<>(List.of("arm"));
        experiment.gradients().at().forEach(at -> columns.add("at " + percent(at) + " %"));
        Table table = new Table(
                "Noise over signal of a batch's gradient in condition " + condition + "; lower is better", columns);
        experiment.arms().keySet().forEach(arm -> {
            List<String> row = new ArrayList<>(List.of(arm));
            experiment
                    .gradients()
                    .at()
                    .forEach(at -> row.add(GradientNoise.mean(measured.stream()
                                    .filter(one -> one.arm().equals(arm) && one.at() == at)
                                    .map(Measured::gradient)
                                    .toList())
                            .format()));
            table.add(row);
        });
        return table;
    }

    private Table tuning(String condition, Map<String, Map<Double, Double>> arms) {
        List<String> columns = new ArrayList<>(List.of("arm"));
        experiment.tuning().learningRates().forEach(rate -> columns.add(Axis.text(rate)));
        Table table = new Table(
                "Step sizes tried in condition " + condition + ": area in %, mean of "
                        + experiment.tuning().seeds() + " other seeds; the largest was taken",
                columns);
        arms.forEach((arm, areas) -> {
            List<String> row = new ArrayList<>(List.of(arm));
            areas.values().forEach(area -> row.add(String.format(Locale.ROOT, "%.1f", 100 * area)));
            table.add(row);
        });
        return table;
    }

    String toText() {
        StringBuilder text = new StringBuilder("\n" + experiment.title() + "\n" + String.join("\n", method()) + "\n\n");
        tables.forEach(table -> text.append(table.toText()));
        return text.toString();
    }

    /** Writes report.html, report.md, the figures, and curves.csv with every evaluation of every run. */
    void write(Path out) throws IOException {
        StringBuilder markdown =
                new StringBuilder("# " + experiment.title() + "\n\n" + String.join("\n", method()) + "\n\n");
        StringBuilder html = new StringBuilder("""
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"/><title>%s</title><style>
                body { font: 15px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2rem auto; padding: 0 1rem;
                  color: #1b1f24; background: #fff; }
                table { border-collapse: collapse; margin: 1rem 0; } caption { text-align: left; font-weight: 600; }
                th, td { border-bottom: 1px solid #d0d7de; padding: .2rem .6rem; text-align: left;
                  font-variant-numeric: tabular-nums; }
                svg { width: 100%%; height: auto; }
                </style></head><body><h1>%s</h1><p>%s</p>
                """.formatted(title, title, escape(String.join(" ", method()))));
        tables.forEach(table -> markdown.append(table.toMarkdown()));
        tables.forEach(table -> html.append(table.toHtml()));
        for (Map.Entry<String, String> figure : figures.entrySet()) {
            Files.writeString(out.resolve(figure.getKey()), figure.getValue());
            markdown.append("![")
                    .append(figure.getKey())
                    .append("](")
                    .append(figure.getKey())
                    .append(")\n\n");
            html.append(figure.getValue());
        }
        Files.writeString(out.resolve("report.md"), markdown);
        Files.writeString(out.resolve("report.html"), html + "</body></html>\n");
        Files.write(out.resolve("curves.csv"), curves());
    }

    private List<String> curves() {
        List<String> lines =
                new ArrayList<>(List.of("condition,arm,seed,rollouts,version,reward,accuracy,gradient_norm"));
        results.curves()
                .forEach((condition, arms) -> arms.forEach((arm, result) -> {
                    for (int seed = 1; seed <= result.seeds().size(); seed++) {
                        for (RunResult.Point point :
                                result.seeds().get(seed - 1).curve()) {
                            lines.add(String.format(
                                    Locale.ROOT,
                                    "%s,%s,%d,%d,%d,%.6g,%.6g,%.6g",
                                    condition,
                                    arm,
                                    seed,
                                    point.rollouts(),
                                    point.version(),
                                    point.reward(),
                                    point.accuracy(),
                                    point.gradientNorm()));
                        }
                    }
                }));
        return lines;
    }

    private List<String> method() {
        List<String> sentences = new ArrayList<>(List.of(
                experiment.seeds() + " seeds, " + experiment.rollouts() + " rollouts per run.",
                "Values are means over seeds with 95 % intervals.",
                "Intervals are Student's t; those of rollouts and shares are expanded percentile bootstraps.",
                "Final accuracy: mean reward of greedy held-out completions, mean of the last tenth of the"
                        + " evaluations.",
                "Area: mean accuracy over the whole run.",
                "Share: rollouts until the mean curve first reaches the final accuracy of " + experiment.reference()
                        + ", as a share of a run.",
                "Step sizes are chosen on the same grid for every arm, by the area of other seeds.",
                "(edge): the best one lies at the edge of the grid."));
        if (!results.gradients().isEmpty()) {
            sentences.add("Gradients are measured at the frozen policies that " + experiment.reference()
                    + " has after the given shares of its run.");
        }
        return sentences;
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f", 100 * share);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
