package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class Interval95Test {

    @Test
    void shouldGiveStudentsInterval() {
        Interval95 mean = Interval95.mean(1, 2, 3, 4);

        // scipy.stats.t.interval(0.95, 3, loc=2.5, scale=scipy.stats.sem([1, 2, 3, 4]))
        assertThat(mean.value()).isEqualTo(2.5);
        assertThat(mean.low()).isCloseTo(0.44573974, within(1e-6));
        assertThat(mean.high()).isCloseTo(4.55426026, within(1e-6));
    }

    @Test
    void shouldGiveNoIntervalForOneSeed() {
        assertThat(Interval95.mean(0.5).format("%.1f")).isEqualTo("0.5");
    }

    @Test
    void shouldFormatTheIntervalAfterTheValue() {
        assertThat(new Interval95(0.5, 0.25, 0.75).times(100).format("%.0f")).isEqualTo("50 [25, 75]");
    }

    @Test
    void shouldFormatInfinityAsNever() {
        assertThat(new Interval95(0.5, 0.25, Double.POSITIVE_INFINITY).format("%.1f"))
                .isEqualTo("0.5 [0.3, never]");
        double never = Double.POSITIVE_INFINITY;
        assertThat(new Interval95(never, 0.25, never).format("%.1f")).isEqualTo("never [0.3, never]");
        assertThat(new Interval95(never, never, never).format("%.1f")).isEqualTo("never");
    }
}
