package dev.krpo.cli.text;

import java.util.Locale;

/** A number of things: {@code 1 prompt}, {@code 1,200 prompts}. */
public final class Plural {

    private Plural() {}

    /** @param one the noun for one of them; its plural ends in s */
    public static String of(long count, String one) {
        return of(count, one, one + "s");
    }

    /** The plural of an irregular noun, or of a phrase. */
    public static String of(long count, String one, String many) {
        return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? one : many);
    }
}
