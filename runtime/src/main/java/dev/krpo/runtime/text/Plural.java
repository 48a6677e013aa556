package dev.krpo.runtime.text;

import java.util.Locale;

/** Formats a count: {@code 1 prompt}, {@code 1,200 prompts}. */
public final class Plural {

    private Plural() {}

    /** @param one singular noun; its plural ends in s */
    public static String of(long count, String one) {
        return of(count, one, one + "s");
    }

    /** For an irregular noun or a phrase. */
    public static String of(long count, String one, String many) {
        return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? one : many);
    }
}
