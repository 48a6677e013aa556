package dev.krpo.runtime.text;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Counts by name, the most frequent first: {@code too-stale (6), unknown-prompt (2)}. */
public final class Tally {

    private Tally() {}

    /** {@code none} for an empty map. */
    public static String of(Map<String, Long> counts) {
        return counts.isEmpty()
                ? "none"
                : counts.entrySet().stream()
                        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                        .map(count -> String.format(Locale.ROOT, "%s (%,d)", count.getKey(), count.getValue()))
                        .collect(Collectors.joining(", "));
    }
}
