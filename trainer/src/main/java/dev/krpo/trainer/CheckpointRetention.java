package dev.krpo.trainer;

import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which checkpoints stay: version 0, the newest ones, and each that is a multiple of {@code trainer.keepEveryVersions} for as long
 * as the log keeps the samples that a replay from it needs.
 */
final class CheckpointRetention {

    private final CheckpointStore store;
    private final TrainerSettings settings;
    /** When this process first saw a milestone: never earlier than it was written. */
    private final Map<Long, Long> seenAtMs = new TreeMap<>();

    CheckpointRetention(CheckpointStore store, TrainerSettings settings) {
        this.store = store;
        this.settings = settings;
    }

    /** Deletes what need not stay now that this version is there. */
    void apply(long newest, long nowMs) {
        for (String name : store.names()) {
            VersionName.parse(name).ifPresent(version -> {
                if (!stays(version, newest, nowMs)) {
                    store.delete(name);
                }
            });
        }
    }

    private boolean stays(long version, long newest, long nowMs) {
        if (version == 0 || version > newest - settings.keepCheckpoints()) {
            return true;
        }
        long every = settings.keepEveryVersions();
        if (every == 0 || version % every != 0) {
            return false;
        }
        Duration log = settings.catalogue().retention();
        return log.isNegative() || nowMs - seenAtMs.computeIfAbsent(version, unseen -> nowMs) <= log.toMillis();
    }
}
