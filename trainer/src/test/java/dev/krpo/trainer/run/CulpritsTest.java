package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.learner.FailedStepException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CulpritsTest {

    /** A sample with this many tokens. */
    private record Row(int tokens, boolean poisonous) {}

    private final List<Row> batch = new ArrayList<>(
            IntStream.range(0, 256).mapToObj(i -> new Row(10, false)).toList());
    private int rehearsals;

    @Test
    void shouldFindASingleFailingSampleInFewRehearsals() {
        Row bad = new Row(10, true);
        batch.set(77, bad);

        assertThat(culprits(CulpritsTest::anyPoisonous).of(batch)).containsOnlyKeys(bad);
        assertThat(rehearsals).isLessThan(25);
    }

    @Test
    void shouldFindSeveralSamplesThatFailAlone() {
        List<Row> bad = List.of(new Row(10, true), new Row(11, true), new Row(12, true));
        batch.set(0, bad.get(0));
        batch.set(1, bad.get(1));
        batch.set(255, bad.get(2));

        assertThat(Set.copyOf(culprits(CulpritsTest::anyPoisonous).of(batch).keySet()))
                .isEqualTo(Set.copyOf(bad));
    }

    @Test
    void shouldRemoveTheLongestSamplesWhenOnlyManyTogetherFail() {
        Row longest = new Row(4_000, false);
        batch.set(3, longest);
        // Padding: the longest row determines the memory of all of them.
        Predicate<List<Row>> tooLarge =
                rows -> rows.size() * rows.stream().mapToInt(Row::tokens).max().orElseThrow() > 300_000;

        assertThat(culprits(tooLarge).of(batch)).containsOnlyKeys(longest);
    }

    @Test
    void shouldRemoveNoSampleWhenMostWouldHaveToBeRemoved() {
        assertThatThrownBy(() -> culprits(rows -> true).of(batch)).isInstanceOf(FailedStepException.class);
        assertThatThrownBy(() -> culprits(rows -> rows.size() > 100).of(batch)).isInstanceOf(FailedStepException.class);
    }

    @Test
    void shouldRemoveTheOnlySampleOfABatch() {
        Row only = new Row(1, true);

        assertThat(culprits(CulpritsTest::anyPoisonous).of(List.of(only))).containsOnlyKeys(only);
    }

    private static boolean anyPoisonous(List<Row> rows) {
        return rows.stream().anyMatch(Row::poisonous);
    }

    private Culprits<Row> culprits(Predicate<List<Row>> fails) {
        return new Culprits<>(
                rows -> {
                    rehearsals++;
                    if (fails.test(rows)) {
                        throw FailedStepException.because(new OutOfMemoryError("a test's"));
                    }
                },
                Row::tokens);
    }
}
