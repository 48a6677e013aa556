package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CurveChartTest {

    @Test
    void shouldNameBothAxesAndTickThemAtRoundNumbers() {
        assertThat(texts(CurveChart.svgs("a title", arms("krpo-1"), "krpo-1").get(0)))
                .containsExactly(
                        "a title",
                        "20",
                        "30",
                        "40",
                        "50",
                        "60",
                        "70",
                        "0",
                        "10",
                        "20",
                        "30",
                        "40",
                        "50",
                        "60",
                        "rollouts, thousands",
                        "held-out accuracy, %",
                        "krpo-1");
    }

    @Test
    void shouldGiveAnArmTheSameColourInEveryFigure() {
        String alone = CurveChart.svgs("", arms("krpo-1"), "krpo-1").get(0);
        String last = CurveChart.svgs("", arms("grpo-8", "reinforce-1", "krpo-1"), "grpo-8")
                .get(0);

        assertThat(strokes(last)).endsWith(strokes(alone).get(0)).doesNotHaveDuplicates();
    }

    @Test
    void shouldDistinguishArmsThatShareAColour() {
        List<String> sharing = new ArrayList<>();
        for (int i = 0; sharing.size() < CurveChart.MAX_ARMS; i++) {
            if (ArmColour.of("arm-" + i).equals(ArmColour.of("krpo-1"))) {
                sharing.add("arm-" + i);
            }
        }

        assertThat(strokes(CurveChart.svgs("", arms(sharing.toArray(String[]::new)), sharing.get(0))
                        .get(0)))
                .hasSize(CurveChart.MAX_ARMS)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldDrawManyArmsInSeveralFiguresWithTheReferenceAndEqualAxes() {
        List<String> figures = CurveChart.svgs("", arms("a", "b", "c", "reference", "d", "e", "f"), "reference");

        assertThat(figures).hasSize(2);
        assertThat(texts(figures.get(0))).endsWith("reference", "a", "b", "c", "d");
        assertThat(texts(figures.get(1))).endsWith("reference", "e", "f");
        assertThat(texts(figures.get(0))).containsAll(texts(figures.get(1)).subList(0, 16));
    }

    private static Map<String, ArmResult> arms(String... names) {
        Map<String, ArmResult> arms = new LinkedHashMap<>();
        for (String name : names) {
            arms.put(name, new ArmResult(List.of(run(0.23, 0.5), run(0.23, 0.8), run(0.23, 0.8))));
        }
        return arms;
    }

    private static RunResult run(double... accuracies) {
        List<RunResult.Point> points = new ArrayList<>();
        for (int i = 0; i < accuracies.length; i++) {
            points.add(new RunResult.Point(51_200L * i, i, 0, accuracies[i], 0, i));
        }
        return new RunResult(points);
    }

    private static List<String> texts(String svg) {
        return matches(svg, "<text [^>]*>([^<]*)</text>");
    }

    private static List<String> strokes(String svg) {
        return matches(svg, "<polyline fill=\"none\" (.*) stroke-width");
    }

    private static List<String> matches(String svg, String pattern) {
        return Pattern.compile(pattern)
                .matcher(svg)
                .results()
                .map(match -> match.group(1))
                .toList();
    }
}
