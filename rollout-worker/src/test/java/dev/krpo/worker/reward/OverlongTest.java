package dev.krpo.worker.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlongTest {

    /**
     * Computed by hand from arXiv 2503.14476 equation 13; the first two rows with 20,480 tokens use the sizes of its
     * section 4.1.
     */
    @ParameterizedTest
    @CsvSource({
        "4096, 20480, 16384, 0",
        "4096, 20480, 18432, -0.5",
        "4096, 20480, 20480, -1",
        "4, 12, 1, 0",
        "4, 12, 8, 0",
        "4, 12, 9, -0.25",
        "4, 12, 10, -0.5",
        "4, 12, 11, -0.75",
        "4, 12, 12, -1",
        "4, 12, 13, -1",
        "1, 2, 1, 0",
        "1, 2, 2, -1"
    })
    void shouldFallLinearlyOverTheLastTokensAndNoFurther(int tokens, int longest, int length, double expected) {
        assertThat(new Overlong(tokens).punishment(length, longest)).isEqualTo(expected);
    }

    @Test
    void shouldAddAComponentToAScoreAndToItsTotal() {
        assertThat(Score.of("exact-match", 1).plus("overlong", -0.25))
                .isEqualTo(new Score(0.75, Map.of("exact-match", 1.0, "overlong", -0.25)));
    }

    @Test
    void shouldNotReplaceAComponentOfAScore() {
        assertThatThrownBy(() -> Score.of("overlong", 1).plus("overlong", -0.25))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'overlong'");
    }
}
