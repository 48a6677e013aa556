package dev.krpo.cli.role;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Tells when somebody set the wall clock back, by comparing it with a clock that nobody sets. For one thread. */
final class WallClock {

    private long aheadMs = aheadMs();

    /** By how much it was set back since the last call; negative if it was set ahead. */
    Duration setBack() {
        long beforeMs = aheadMs;
        aheadMs = aheadMs();
        return Duration.ofMillis(beforeMs - aheadMs);
    }

    private static long aheadMs() {
        return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
