package dev.krpo.runtime.text;

import java.time.Duration;

/** Formats a duration in words: {@code 7 days}, {@code 90 minutes}. */
public final class Period {

    private Period() {}

    /** Uses the largest unit of which the duration is a multiple. */
    public static String of(Duration duration) {
        long ms = duration.toMillis();
        if (ms % 1_000 != 0) {
            return Plural.of(ms, "millisecond");
        }
        if (ms % 60_000 != 0) {
            return Plural.of(ms / 1_000, "second");
        }
        if (ms % 3_600_000 != 0) {
            return Plural.of(ms / 60_000, "minute");
        }
        return ms % 86_400_000 != 0 ? Plural.of(ms / 3_600_000, "hour") : Plural.of(ms / 86_400_000, "day");
    }
}
