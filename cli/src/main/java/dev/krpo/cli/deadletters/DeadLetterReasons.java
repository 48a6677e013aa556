package dev.krpo.cli.deadletters;

import dev.krpo.settings.Config;
import java.util.Map;
import java.util.TreeMap;

/** Why the records of a run were refused. */
public final class DeadLetterReasons {

    private DeadLetterReasons() {}

    /** How many letters each reason has. */
    public static Map<String, Long> of(Config config) {
        Map<String, Long> reasons = new TreeMap<>();
        StoredLetter.forEach(config, stored -> reasons.merge(stored.letter().getReason(), 1L, Long::sum));
        return reasons;
    }
}
