package dev.krpo.runtime.deadletters;

import dev.krpo.settings.Config;
import java.util.Map;
import java.util.TreeMap;

/** The reasons for which records of a run were rejected. */
public final class DeadLetterReasons {

    private DeadLetterReasons() {}

    /** Number of dead letters by reason. */
    public static Map<String, Long> of(Config config) {
        Map<String, Long> reasons = new TreeMap<>();
        StoredLetter.forEach(config, stored -> reasons.merge(stored.letter().getReason(), 1L, Long::sum));
        return reasons;
    }
}
