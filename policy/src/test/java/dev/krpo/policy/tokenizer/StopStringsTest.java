package dev.krpo.policy.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void shouldFindAStringThatSpansSeveralTexts() {
        StopStrings stops = new StopStrings(List.of("\nQ:", "END"));

        assertThat(stops.append("22\n")).isEmpty();
        assertThat(stops.append("Q")).isEmpty();
        assertThat(stops.append(": next")).hasValue(2);
    }

    @Test
    void shouldFindTheFirstOfSeveral() {
        assertThat(new StopStrings(List.of("b", "a")).append("xxaxb")).hasValue(2);
        assertThat(new StopStrings(List.of()).append("anything")).isEmpty();
    }

    @Test
    void shouldRejectAnEmptyString() {
        assertThatThrownBy(() -> new StopStrings(List.of("a", ""))).hasMessageContaining("empty");
    }
}
