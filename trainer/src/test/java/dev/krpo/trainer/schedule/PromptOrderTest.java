package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromptOrderTest {

    @Test
    void shouldAskEveryPromptOnceAnEpochInAnOrderFixedByTheSeed() {
        List<String> ids = List.of("c", "a", "b", "e", "d");
        PromptOrder one = new PromptOrder(3, new LinkedHashSet<>(ids));
        PromptOrder other = new PromptOrder(3, new LinkedHashSet<>(List.of("a", "b", "c", "d", "e")));
        Set<String> epoch = new HashSet<>();
        for (long sequence = 5; sequence < 10; sequence++) {
            String prompt = one.next(sequence);
            epoch.add(prompt);
            assertThat(other.next(sequence)).isEqualTo(prompt);
        }
        assertThat(epoch).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void shouldAskAPromptThatCameForOneThatWent() {
        PromptOrder order = new PromptOrder(3, Set.of("a", "b"));
        order.next(0);
        order.setPrompts(Set.of("a", "c"));
        assertThat(List.of(order.next(2), order.next(3))).containsExactlyInAnyOrder("a", "c");
    }
}
