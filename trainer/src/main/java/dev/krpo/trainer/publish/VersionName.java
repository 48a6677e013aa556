package dev.krpo.trainer.publish;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of the trainer's checkpoints: {@code v00000012-5f0a93c7} is an attempt at version 12. Each attempt has a
 * unique name, so that a trainer that has been replaced but does not know it yet cannot touch the checkpoints that its
 * successor announced. Earlier builds omitted the attempt.
 */
public final class VersionName {

    private static final Pattern NAME = Pattern.compile("v(\\d{8,18})(?:-[0-9a-f]{8})?");

    private VersionName() {}

    /** A unique name for a new attempt. */
    static String ofNewAttempt(long version) {
        return String.format("v%08d-%08x", version, ThreadLocalRandom.current().nextInt());
    }

    /** The version of a name; empty if the name is not of that form. */
    public static Optional<Long> parse(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Optional.of(Long.parseLong(matcher.group(1))) : Optional.empty();
    }
}
