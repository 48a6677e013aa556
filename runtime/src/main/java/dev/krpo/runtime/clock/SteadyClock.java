package dev.krpo.runtime.clock;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/**
 * The wall clock as of its creation, continued by the monotonic clock: setting the wall clock changes neither this
 * clock's time nor the durations measured with it. Commits, timeouts and progress depend on it: with the wall clock,
 * setting the clock ahead would expire every timeout, and setting it back would delay the next commit. Thread-safe.
 */
public final class SteadyClock implements Time {

    /** The clock of this process. */
    public static final SteadyClock PROCESS = new SteadyClock();

    private final LongSupplier wallMs;
    private final LongSupplier nanos;
    private final long startMs;
    private final long startNanos;

    /** Starts at the current wall-clock time. */
    public SteadyClock() {
        this(System::currentTimeMillis, System::nanoTime);
    }

    SteadyClock(LongSupplier wallMs, LongSupplier nanos) {
        this.wallMs = wallMs;
        this.nanos = nanos;
        startMs = wallMs.getAsLong();
        startNanos = nanos.getAsLong();
    }

    /** The amount by which the wall clock was set back since this clock started; negative if it was set ahead. */
    public Duration wallClockSetBack() {
        return Duration.ofMillis(milliseconds() - wallMs.getAsLong());
    }

    @Override
    public long milliseconds() {
        return startMs + TimeUnit.NANOSECONDS.toMillis(nanoseconds() - startNanos);
    }

    @Override
    public long nanoseconds() {
        return nanos.getAsLong();
    }

    @Override
    public void sleep(long millis) {
        Time.SYSTEM.sleep(millis);
    }

    @Override
    public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) throws InterruptedException {
        long leftMs = Math.max(0, deadlineMs - milliseconds());
        Time.SYSTEM.waitObject(object, condition, Time.SYSTEM.milliseconds() + leftMs);
    }
}
