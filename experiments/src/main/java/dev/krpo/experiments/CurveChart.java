package dev.krpo.experiments;

import dev.krpo.pipeline.report.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Mean accuracy over rollouts as SVG: one curve per arm, with its 95 % band. */
final class CurveChart {

    /** More curves in one figure are not distinguishable. */
    static final int MAX_ARMS = 5;

    private static final int WIDTH = 760;
    private static final int HEIGHT = 360;
    private static final int LEFT = 64;
    private static final int TOP = 34;
    private static final int BOTTOM = 46;
    private static final int LEGEND = 190;
    private static final int STEPS = 6;

    /** Distinguish the arms of one figure that share a colour. */
    private static final List<String> DASHES = List.of("", "6 3", "2 3", "8 3 2 3", "12 4");

    private final Map<String, ArmResult> arms;
    private final Axis accuracy;
    private final Axis thousands;

    private CurveChart(Map<String, ArmResult> arms, Axis accuracy, Axis thousands) {
        this.arms = arms;
        this.accuracy = accuracy;
        this.thousands = thousands;
    }

    /**
     * One figure, or several with equal axes for more than {@link #MAX_ARMS} arms.
     *
     * @param reference the arm that every figure shows
     */
    static List<String> svgs(String title, Map<String, ArmResult> arms, String reference) {
        double[] means = arms.values().stream()
                .flatMapToDouble(arm -> Arrays.stream(arm.means()))
                .toArray();
        double[] longest = arms.values().stream()
                .mapToDouble(arm -> arm.rollouts(arm.evaluations() - 1) / 1000.0)
                .toArray();
        Axis accuracy = Axis.around(
                100 * Arrays.stream(means).min().orElseThrow(),
                100 * Arrays.stream(means).max().orElseThrow(),
                STEPS);
        Axis thousands = Axis.around(0, Arrays.stream(longest).max().orElseThrow(), STEPS);
        return split(arms, reference).stream()
                .map(some -> new CurveChart(some, accuracy, thousands).draw(title))
                .toList();
    }

    private static List<Map<String, ArmResult>> split(Map<String, ArmResult> arms, String reference) {
        if (arms.size() <= MAX_ARMS) {
            return List.of(arms);
        }
        List<Map<String, ArmResult>> parts = new ArrayList<>();
        for (Map.Entry<String, ArmResult> arm : arms.entrySet()) {
            if (arm.getKey().equals(reference)) {
                continue;
            }
            if (parts.isEmpty() || parts.get(parts.size() - 1).size() == MAX_ARMS) {
                parts.add(new LinkedHashMap<>(Map.of(reference, arms.get(reference))));
            }
            parts.get(parts.size() - 1).put(arm.getKey(), arm.getValue());
        }
        return parts;
    }

    private String draw(String title) {
        int right = WIDTH - LEGEND;
        int bottom = HEIGHT - BOTTOM;
        StringBuilder svg = new StringBuilder(svg("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="sans-serif" \
                font-size="12" fill="#57606a"><rect width="%d" height="%d" fill="#ffffff"/>\
                <text x="%d" y="18" font-size="14" fill="#1b1f24">%s</text>
                """, WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, title));
        for (double tick : accuracy.ticks()) {
            double y = y(tick);
            svg.append(svg("""
                    <line stroke="#d0d7de" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>\
                    <text x="%d" y="%.1f" text-anchor="end">%s</text>
                    """, LEFT, right, y, y, LEFT - 6, y + 4, Axis.text(tick)));
        }
        for (double tick : thousands.ticks()) {
            svg.append(svg("""
                    <text x="%.1f" y="%d" text-anchor="middle">%s</text>
                    """, x(tick), bottom + 18, Axis.text(tick)));
        }
        svg.append(svg("""
                <text x="%d" y="%d" text-anchor="middle">rollouts, thousands</text>
                <text transform="translate(16 %d) rotate(-90)" text-anchor="middle">held-out accuracy, %%</text>
                """, (LEFT + right) / 2, HEIGHT - 8, (TOP + bottom) / 2));
        int row = 0;
        Map<String, Integer> used = new HashMap<>();
        for (Map.Entry<String, ArmResult> arm : arms.entrySet()) {
            String colour = ArmColour.of(arm.getKey());
            String dashes = DASHES.get(used.merge(colour, 1, Integer::sum) - 1);
            String stroke =
                    "stroke=\"" + colour + "\"" + (dashes.isEmpty() ? "" : " stroke-dasharray=\"" + dashes + "\"");
            svg.append(band(arm.getValue(), colour)).append(line(arm.getValue(), stroke));
            svg.append(svg("""
                    <path d="M%d %dh24" stroke-width="3" %s/><text x="%d" y="%d">%s</text>
                    """, right + 14, TOP + 6 + 20 * row, stroke, right + 44, TOP + 10 + 20 * row, arm.getKey()));
            row++;
        }
        return svg.append("</svg>\n").toString();
    }

    private String band(ArmResult arm, String colour) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < arm.evaluations(); i++) {
            points.append(point(arm.rollouts(i), arm.accuracy(i).high()));
        }
        for (int i = arm.evaluations() - 1; i >= 0; i--) {
            points.append(point(arm.rollouts(i), arm.accuracy(i).low()));
        }
        return arm.seeds().size() < 2
                ? ""
                : "<polygon fill=\"" + colour + "\" fill-opacity=\"0.15\" points=\"" + points + "\"/>\n";
    }

    private String line(ArmResult arm, String stroke) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < arm.evaluations(); i++) {
            points.append(point(arm.rollouts(i), arm.accuracy(i).value()));
        }
        return "<polyline fill=\"none\" " + stroke + " stroke-width=\"2\" points=\"" + points + "\"/>\n";
    }

    private String point(long rollouts, double share) {
        return svg("%.1f,%.1f ", x(rollouts / 1000.0), y(100 * share));
    }

    private double x(double thousand) {
        return LEFT + thousands.part(thousand) * (WIDTH - LEGEND - LEFT);
    }

    private double y(double percent) {
        return TOP + (1 - accuracy.part(percent)) * (HEIGHT - BOTTOM - TOP);
    }

    private static String svg(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
