package dev.krpo.trainer;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of the trainer's checkpoints: {@code v00000012} is version 12. */
final class VersionName {

    private static final Pattern NAME = Pattern.compile("v(\\d{8,})");

    private VersionName() {}

    static String of(long version) {
        return String.format("v%08d", version);
    }

    /** The version of a name; empty if the name is of something else. */
    static Optional<Long> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }
}
