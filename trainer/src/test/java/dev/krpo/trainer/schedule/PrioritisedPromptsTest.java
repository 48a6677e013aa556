package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrioritisedPromptsTest {

    private static final double C = 0.05;

    /** Computed by hand; the rows with variance 0 are SPO's weights. */
    @ParameterizedTest
    @CsvSource({
        "0.5,  0,    0.55",
        "0.1,  0,    0.35",
        "1,    0,    0.05",
        "0,    0,    0.05",
        "0.8,  0.01, 0.55",
        "1,    0.04, 0.25",
        "1.7,  0.04, 0.25",
        "-0.3, 0.04, 0.25",
        "0.5,  9,    1.05"
    })
    void shouldWeightByTheDeviationsOfRewardAndBelief(double mean, double variance, double weight) {
        PrioritisedPrompts prompts = new PrioritisedPrompts(0, Set.of("p"), C);
        prompts.update("p", mean, variance);
        assertThat(prompts.weight("p")).isCloseTo(weight, within(1e-12));
    }

    @Test
    void shouldGiveAnUnseenPromptTheMaximumWeight() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(0, Set.of("unseen", "seen"), C);
        for (double mean : new double[] {-1, 0, 0.3, 0.5, 1, 2}) {
            for (double variance : new double[] {0, 0.05, 0.25, 100}) {
                prompts.update("seen", mean, variance);
                assertThat(prompts.weight("seen"))
                        .as("mean %s, variance %s", mean, variance)
                        .isLessThanOrEqualTo(prompts.weight("unseen"));
            }
        }
    }

    /** Chi-square with 6 degrees of freedom exceeds 27.9 with probability 1e-4; the seeds are fixed. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, -77})
    void shouldDrawInProportionToTheWeights(long seed) {
        Set<String> ids = new TreeSet<>(List.of("solved", "failed", "half", "tenth", "few", "many", "unseen"));
        PrioritisedPrompts prompts = new PrioritisedPrompts(seed, ids, C);
        prompts.update("solved", 1, 1e-4);
        prompts.update("failed", 0, 1e-4);
        prompts.update("half", 0.5, 1e-3);
        prompts.update("tenth", 0.1, 1e-3);
        prompts.update("few", 0.9, 0.04);
        prompts.update("many", 0.9, 0.0004);
        int draws = 100_000;
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < draws; i++) {
            String prompt = prompts.next(i);
            counts.merge(prompt, 1, Integer::sum);
            prompts.answered(prompt);
        }
        double total = ids.stream().mapToDouble(prompts::weight).sum();
        double chiSquare = 0;
        for (String id : ids) {
            double expected = draws * prompts.weight(id) / total;
            chiSquare += Math.pow(counts.get(id) - expected, 2) / expected;
        }
        assertThat(chiSquare).as("seed %d, counts %s", seed, counts).isLessThan(27.9);
        assertThat(counts.get("solved")).isBetween(draws / 100, draws / 40);
    }

    @Test
    void shouldNotRepeatAPromptInFlightWhileAnotherIsFree() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(5, ids(50), C);
        prompts.update("p7", 0.5, 0.25);
        List<String> round = draw(prompts, 0, 50);
        assertThat(round).doesNotHaveDuplicates();

        prompts.answered("p3");
        prompts.update("p9", 1, 0);
        assertThat(draw(prompts, 50, 2)).containsExactlyInAnyOrder("p3", "p9");
    }

    @Test
    void shouldDrawFromAllPromptsWhenEveryOneIsInFlight() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(5, ids(4), C);
        draw(prompts, 0, 4);
        assertThat(draw(prompts, 4, 4)).containsExactlyInAnyOrderElementsOf(ids(4));
    }

    @Test
    void shouldIgnoreAnAnswerToAPromptThatIsNotInFlight() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(5, ids(2), C);
        prompts.answered("p0");
        prompts.answered("not a prompt");
        assertThat(draw(prompts, 0, 2)).doesNotHaveDuplicates();
    }

    @Test
    void shouldDrawSolvedPromptsLessOften() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(1, ids(2), C);
        prompts.update("p0", 0.5, 1e-4);
        prompts.update("p1", 0.5, 1e-4);
        assertThat(share("p0", prompts)).isBetween(0.45, 0.55);
        prompts.update("p0", 1, 1e-4);
        // 0.06 / (0.06 + 0.56)
        assertThat(share("p0", prompts)).isBetween(0.07, 0.12);
        prompts.update("p0", 0.5, 1e-4);
        assertThat(share("p0", prompts)).isBetween(0.45, 0.55);
    }

    @Test
    void shouldDrawTheSamePromptsRegardlessOfTheOrderInWhichTheyAreNamed() {
        List<String> reversed = new ArrayList<>(new TreeSet<>(ids(100)).descendingSet());
        PrioritisedPrompts one = new PrioritisedPrompts(9, ids(100), C);
        PrioritisedPrompts other = new PrioritisedPrompts(9, new LinkedHashSet<>(reversed), C);
        PrioritisedPrompts otherSeed = new PrioritisedPrompts(10, ids(100), C);
        List<String> drawn = new ArrayList<>();
        List<String> drawnFromOther = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            drawn.add(one.next(i));
            drawnFromOther.add(other.next(i));
            one.update(drawn.get(i), i % 3 / 2.0, 1.0 / (i + 4));
            other.update(drawn.get(i), i % 3 / 2.0, 1.0 / (i + 4));
        }
        assertThat(drawnFromOther).isEqualTo(drawn);
        assertThat(draw(otherSeed, 0, 100)).isNotEqualTo(drawn.subList(0, 100));
    }

    @Test
    void shouldDrawAddedPromptsAndNoRemovedOnes() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(2, Set.of("a", "b", "c"), C);
        prompts.update("d", 1, 0.01);
        draw(prompts, 0, 3);
        prompts.setPrompts(Set.of("a", "d", "e"));

        assertThat(draw(prompts, 3, 2)).as("a is still in flight").containsExactlyInAnyOrder("d", "e");
        prompts.answered("b");
        prompts.update("c", 0.5, 0.25);
        assertThat(new HashSet<>(draw(prompts, 5, 60))).containsExactlyInAnyOrder("a", "d", "e");
        assertThat(prompts.weight("d")).as("believed before it came").isCloseTo(0.15, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource({"NaN, 0.1", "0.5, NaN", "Infinity, 0.1", "0.5, Infinity", "0.5, -0.1"})
    void shouldRejectAnInvalidBelief(double mean, double variance) {
        PrioritisedPrompts prompts = new PrioritisedPrompts(2, ids(2), C);
        assertThatThrownBy(() -> prompts.update("p1", mean, variance))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("p1")
                .hasMessageContaining(Double.toString(mean))
                .hasMessageContaining(Double.toString(variance));
        assertThat(draw(prompts, 0, 2)).doesNotHaveDuplicates();
    }

    private static double share(String promptId, PrioritisedPrompts prompts) {
        int count = 0;
        for (int i = 0; i < 5_000; i++) {
            String prompt = prompts.next(i);
            count += prompt.equals(promptId) ? 1 : 0;
            prompts.answered(prompt);
        }
        return count / 5_000.0;
    }

    private static List<String> draw(PrioritisedPrompts prompts, int first, int count) {
        List<String> drawn = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            drawn.add(prompts.next(i));
        }
        return drawn;
    }

    private static Set<String> ids(int count) {
        Set<String> ids = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            ids.add("p" + i);
        }
        return ids;
    }

    @Test
    void shouldNotDrawAnExcludedPromptUntilItIsNamedAgain() {
        PrioritisedPrompts prompts = new PrioritisedPrompts(1, Set.of("a", "b", "c"), 0.05);
        prompts.exclude("b");
        prompts.update("b", 0.5, 0.1);
        Set<String> asked = new HashSet<>();
        for (long sequence = 0; sequence < 50; sequence++) {
            asked.add(prompts.next(sequence));
        }
        assertThat(asked).containsExactlyInAnyOrder("a", "c");

        prompts.setPrompts(Set.of("a", "b", "c"));
        for (long sequence = 50; sequence < 100; sequence++) {
            asked.add(prompts.next(sequence));
        }
        assertThat(asked).contains("b");
    }
}
