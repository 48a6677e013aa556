package dev.krpo.policy.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/**
 * Watches a growing text for strings that end it. Not thread-safe.
 *
 * <p>Use with {@link StreamingDecoder}: a string may be spread over several tokens.
 */
public final class StopStrings {

    private final List<String> strings;
    private final int longest;
    private final StringBuilder text = new StringBuilder();

    /** @throws IllegalArgumentException if a string is empty, which would end every text at once */
    public StopStrings(List<String> strings) {
        if (strings.contains("")) {
            throw new IllegalArgumentException("stop strings " + strings + " contain an empty one; remove it");
        }
        this.strings = List.copyOf(strings);
        longest = strings.stream().mapToInt(String::length).max().orElse(0);
    }

    /**
     * Appends text.
     *
     * @return where the first stop string starts in the whole text, in UTF-16 units; empty if there is none yet
     */
    public OptionalInt append(String more) {
        int from = Math.max(0, text.length() - longest + 1);
        text.append(more);
        return strings.stream()
                .mapToInt(string -> text.indexOf(string, from))
                .filter(start -> start >= 0)
                .min();
    }
}
