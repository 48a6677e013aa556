package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShuffledPromptsTest {

    @Test
    void shouldDrawEveryPromptOncePerEpochInAnOrderDeterminedByTheSeed() {
        List<String> ids = List.of("c", "a", "b", "e", "d");
        ShuffledPrompts one = new ShuffledPrompts(3, new LinkedHashSet<>(ids));
        ShuffledPrompts other = new ShuffledPrompts(3, new LinkedHashSet<>(List.of("a", "b", "c", "d", "e")));
        Set<String> epoch = new HashSet<>();
        for (long sequence = 5; sequence < 10; sequence++) {
            String prompt = one.next(sequence);
            epoch.add(prompt);
            assertThat(other.next(sequence)).isEqualTo(prompt);
        }
        assertThat(epoch).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void shouldDrawAnAddedPromptInPlaceOfARemovedOne() {
        ShuffledPrompts order = new ShuffledPrompts(3, Set.of("a", "b"));
        order.next(0);
        order.setPrompts(Set.of("a", "c"));
        assertThat(List.of(order.next(2), order.next(3))).containsExactlyInAnyOrder("a", "c");
    }

    @Test
    void shouldKeepTheOrderOfTheOthersWhenOneIsExcluded() {
        ShuffledPrompts whole = new ShuffledPrompts(3, Set.of("a", "b", "c", "d"));
        ShuffledPrompts order = new ShuffledPrompts(3, Set.of("a", "b", "c", "d"));
        order.exclude("b");
        for (long sequence = 0; sequence < 12; sequence++) {
            String before = whole.next(sequence);
            assertThat(order.next(sequence)).isNotEqualTo("b");
            if (!before.equals("b")) {
                assertThat(order.next(sequence)).isEqualTo(before);
            }
        }
        order.setPrompts(Set.of("a", "b", "c", "d"));
        assertThat(List.of(order.next(0), order.next(1), order.next(2), order.next(3)))
                .containsExactlyInAnyOrder("a", "b", "c", "d");
    }
}
