package dev.krpo.streams;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/**
 * A monotonic clock anchored to the wall clock at start. Commits and group timeouts depend on it: with the wall clock,
 * setting the clock ahead would close every open group, and setting it back would delay the next commit.
 */
final class SteadyTime implements Time {

    private final long startMs = System.currentTimeMillis();
    private final long startNanos = System.nanoTime();

    @Override
    public long milliseconds() {
        return startMs + TimeUnit.NANOSECONDS.toMillis(nanoseconds() - startNanos);
    }

    @Override
    public long nanoseconds() {
        return System.nanoTime();
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
