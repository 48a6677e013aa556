package dev.krpo.trainer.schedule;

import java.util.concurrent.TimeUnit;

/** For durations and time-outs: setting the wall clock during a run would distort both. */
public final class MonotonicClock {

    private MonotonicClock() {}

    /** Milliseconds since an arbitrary origin that is fixed for the life of the process. */
    public static long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
