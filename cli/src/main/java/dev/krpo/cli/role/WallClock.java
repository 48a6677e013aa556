package dev.krpo.cli.role;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Detects wall-clock steps by comparison with the monotonic clock. Not thread-safe. */
final class WallClock {

    private long aheadMs = aheadMs();

    /** The amount by which the clock was set back since the last call; negative if it was set ahead. */
    Duration setBack() {
        long beforeMs = aheadMs;
        aheadMs = aheadMs();
        return Duration.ofMillis(beforeMs - aheadMs);
    }

    private static long aheadMs() {
        return System.currentTimeMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
