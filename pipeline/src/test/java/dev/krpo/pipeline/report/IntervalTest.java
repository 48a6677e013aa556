package dev.krpo.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class IntervalTest {

    @Test
    void shouldCountTimeThatSeveralIntervalsCoverOnce() {
        assertThat(Interval.covered(List.of(new Interval(10, 20), new Interval(0, 5), new Interval(15, 30))))
                .isEqualTo(25);
    }

    @Test
    void shouldMeasureTheTimeThatBothListsCover() {
        List<Interval> worker = List.of(new Interval(0, 10), new Interval(20, 30));
        List<Interval> trainer = List.of(new Interval(5, 25));

        assertThat(Interval.overlap(worker, trainer)).isEqualTo(10);
        assertThat(Interval.overlap(worker, List.of())).isZero();
    }
}
