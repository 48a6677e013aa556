package dev.krpo.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0     | 51.2  | 6 | 0 10 20 30 40 50 60",
                "23.4  | 95.9  | 6 | 20 40 60 80 100",
                "0     | 1     | 5 | 0 0.2 0.4 0.6 0.8 1",
                "0     | 0.179 | 5 | 0 0.05 0.1 0.15 0.2",
                "-0.3  | 0.4   | 5 | -0.4 -0.2 0 0.2 0.4",
                "9.9e5 | 1e6   | 5 | 990000 992000 994000 996000 998000 1000000"
            })
    void shouldPutTicksAtRoundNumbersAroundTheValues(double lowest, double highest, int steps, String ticks) {
        assertThat(Axis.around(lowest, highest, steps).ticks().stream().map(Axis::text))
                .containsExactly(ticks.split(" "));
    }

    @ParameterizedTest
    @CsvSource({"0", "0.7", "100", "1e6"})
    void shouldHaveARangeWhereAllValuesAreEqual(double value) {
        Axis axis = Axis.around(value, value, 5);

        assertThat(axis.low()).isLessThan(axis.high());
        assertThat(axis.part(value)).isBetween(0.0, 1.0);
    }

    @Test
    void shouldWriteNumbersWithoutExponent() {
        assertThat(Axis.text(2.5e-4)).isEqualTo("0.00025");
        assertThat(Axis.text(1e-3)).isEqualTo("0.001");
        assertThat(Axis.text(0.1 + 0.2)).isEqualTo("0.3");
        assertThat(Axis.text(2e6)).isEqualTo("2000000");
    }
}
