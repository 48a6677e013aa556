package dev.krpo.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeriodTest {

    @ParameterizedTest
    @CsvSource({
        "604800000, 7 days",
        "86400000, 1 day",
        "5400000, 90 minutes",
        "3600000, 1 hour",
        "1500, '1,500 milliseconds'",
        "1000, 1 second",
    })
    void shouldUseTheLargestUnitThatDividesTheDuration(long ms, String words) {
        assertThat(Period.of(Duration.ofMillis(ms))).isEqualTo(words);
    }
}
