package dev.krpo.runtime.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SteadyClockTest {

    private static final long START_MS = 1_800_000_000_000L;

    private final AtomicLong wallMs = new AtomicLong(START_MS);
    private final AtomicLong nanos = new AtomicLong(-5);
    private final SteadyClock clock = new SteadyClock(wallMs::get, nanos::get);

    @Test
    void shouldStartAtTheWallClockAndAdvanceWithTheMonotonicClock() {
        assertThat(clock.milliseconds()).isEqualTo(START_MS);

        pass(Duration.ofSeconds(3));

        assertThat(clock.milliseconds()).isEqualTo(START_MS + 3_000);
        assertThat(clock.wallClockSetBack()).isZero();
    }

    @Test
    void shouldKeepItsTimeWhenTheWallClockIsSetAhead() {
        pass(Duration.ofSeconds(3));
        wallMs.addAndGet(Duration.ofHours(10).toMillis());

        assertThat(clock.milliseconds()).isEqualTo(START_MS + 3_000);
        assertThat(clock.wallClockSetBack()).isEqualTo(Duration.ofHours(-10));
    }

    @Test
    void shouldKeepItsTimeAndReportTheStepWhenTheWallClockIsSetBack() {
        pass(Duration.ofSeconds(3));
        wallMs.addAndGet(-Duration.ofHours(10).toMillis());

        assertThat(clock.milliseconds()).isEqualTo(START_MS + 3_000);
        assertThat(clock.wallClockSetBack()).isEqualTo(Duration.ofHours(10));
    }

    private void pass(Duration time) {
        wallMs.addAndGet(time.toMillis());
        nanos.addAndGet(time.toNanos());
    }
}
