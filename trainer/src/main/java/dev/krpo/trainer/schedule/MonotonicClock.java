package dev.krpo.trainer.schedule;

import java.util.concurrent.TimeUnit;

/** For durations and time-outs: the wall clock may be set while a run goes on, and then lies about both. */
public final class MonotonicClock {

    private MonotonicClock() {}

    /** Milliseconds since some moment, the same for the life of the process. */
    public static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
