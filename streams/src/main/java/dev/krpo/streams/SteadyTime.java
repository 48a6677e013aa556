package dev.krpo.streams;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Time;

/**
 * The wall clock as it was when the process started, going on whatever it is set to later. Commits and the time-outs of
 * groups depend on it: by the clock itself, setting it ahead would close every open group, and setting it back would
 * put off the next commit.
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
