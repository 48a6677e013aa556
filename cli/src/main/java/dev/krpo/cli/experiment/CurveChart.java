package dev.krpo.cli.experiment;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Mean accuracy over rollouts, one curve with its 95 % band for each arm, as SVG. */
final class CurveChart {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 360;
    private static final int LEFT = 52;
    private static final int TOP = 34;
    private static final int BOTTOM = 40;
    private static final int LEGEND = 190;

    /** Told apart by the colour-blind too (Okabe and Ito 2008). */
    private static final List<String> COLOURS =
            List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d1f");

    private final Map<String, ArmResult> arms;
    private final double low;
    private final double high;
    private final long rollouts;

    private CurveChart(Map<String, ArmResult> arms) {
        this.arms = arms;
        double lowest = 1;
        double highest = 0;
        long longest = 0;
        for (ArmResult arm : arms.values()) {
            for (int i = 0; i < arm.evaluations(); i++) {
                lowest = Math.min(lowest, arm.accuracy(i).value());
                highest = Math.max(highest, arm.accuracy(i).value());
                longest = Math.max(longest, arm.rollouts(i));
            }
        }
        low = Math.floor(lowest * 10) / 10;
        high = Math.min(1, Math.ceil(highest * 10) / 10 + 0.05);
        rollouts = longest;
    }

    static String svg(String title, Map<String, ArmResult> arms) {
        return new CurveChart(arms).draw(title);
    }

    private String draw(String title) {
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\""
                        + " font-size=\"12\" fill=\"#57606a\"><rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>"
                        + "<text x=\"%d\" y=\"18\" font-size=\"14\" fill=\"#1b1f24\">%s</text>%n",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT,
                LEFT,
                title));
        for (int tick = 0; tick <= 5; tick++) {
            double value = low + (high - low) * tick / 5;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line stroke=\"#d0d7de\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/><text x=\"6\" y=\"%.1f\">%.0f %%</text>%n",
                    LEFT,
                    WIDTH - LEGEND,
                    y(value),
                    y(value),
                    y(value) + 4,
                    100 * value));
            long at = rollouts * tick / 5;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f k</text>%n",
                    x(at),
                    HEIGHT - 22,
                    at / 1000.0));
        }
        svg.append(String.format(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">rollouts</text>%n",
                (LEFT + WIDTH - LEGEND) / 2, HEIGHT - 5));
        int index = 0;
        for (Map.Entry<String, ArmResult> arm : arms.entrySet()) {
            String colour = COLOURS.get(index % COLOURS.size());
            String dashes = index < COLOURS.size() ? "" : " stroke-dasharray=\"6 3\"";
            svg.append(band(arm.getValue(), colour)).append(line(arm.getValue(), colour + "\"" + dashes));
            svg.append(String.format(
                    "<path d=\"M%d %dh20\" stroke-width=\"3\" stroke=\"%s\"%s/><text x=\"%d\" y=\"%d\">%s</text>%n",
                    WIDTH - LEGEND + 14,
                    TOP + 6 + 20 * index,
                    colour,
                    dashes,
                    WIDTH - LEGEND + 40,
                    TOP + 10 + 20 * index,
                    arm.getKey()));
            index++;
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
        return "<polyline fill=\"none\" stroke=\"" + stroke + " stroke-width=\"2\" points=\"" + points + "\"/>\n";
    }

    private String point(long at, double value) {
        return String.format(Locale.ROOT, "%.1f,%.1f ", x(at), y(value));
    }

    private double x(long at) {
        return LEFT + (double) at / rollouts * (WIDTH - LEGEND - LEFT);
    }

    private double y(double value) {
        double part = Math.max(0, Math.min(1, (value - low) / (high - low)));
        return TOP + (1 - part) * (HEIGHT - BOTTOM - TOP);
    }
}
