package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.trainer.settings.CheckpointSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prunes checkpoints. It keeps version 0, the newest ones, and each version that is a multiple of
 * {@code trainer.keepEveryVersions} for as long as the log keeps the samples that a replay from it needs. It deletes
 * attempts that were never announced.
 *
 * <p>It deletes only checkpoints that can no longer be announced, even if this trainer is paused at any point and
 * replaced: names of versions up to one that this trainer knows to be committed, and names that existed before it
 * fenced its predecessors. A successor gives later versions different names.
 */
final class CheckpointRetention {

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointRetention.class);

    private final CheckpointStore store;
    private final TrainerSettings settings;
    /** The names under which each version was announced, as far as this process knows. */
    private final Map<Long, String> announced = new TreeMap<>();
    /** When this process first saw a milestone; never earlier than its write time. */
    private final Map<Long, Long> seenAtMs = new TreeMap<>();

    CheckpointRetention(CheckpointStore store, TrainerSettings settings) {
        this.store = store;
        this.settings = settings;
    }

    /**
     * Deletes the attempts of earlier trainers that were never announced.
     *
     * @param earlier the contents of the store before those trainers were fenced
     * @param last the last announced version, if any
     */
    void removeLeftovers(List<String> earlier, Optional<PolicyVersion> last) {
        last.ifPresent(this::note);
        long newest = last.map(PolicyVersion::getVersion).orElse(-1L);
        for (String left : earlier) {
            Optional<Long> attempted = VersionName.parse(left);
            if (attempted.isPresent() && (attempted.get() > newest || isLeftover(attempted.get(), left))) {
                delete(left);
            }
        }
    }

    /** Deletes the checkpoints that are obsolete now that this version has been announced. */
    void apply(PolicyVersion last, long nowMs) {
        note(last);
        long newest = last.getVersion();
        List<String> there = new ArrayList<>();
        try {
            there.addAll(store.names());
            there.addAll(store.unfinished());
        } catch (CheckpointException e) {
            LOG.warn("cannot delete old checkpoints after version {}: {}", newest, e.getMessage());
        }
        for (String one : there) {
            Optional<Long> version = VersionName.parse(one);
            if (version.isPresent()
                    && version.get() <= newest
                    && (isLeftover(version.get(), one) || !stays(version.get(), newest, nowMs))) {
                delete(one);
            }
        }
        announced.keySet().removeIf(version -> !stays(version, newest, nowMs));
    }

    private void note(PolicyVersion version) {
        announced.put(version.getVersion(), version.getCheckpointUri());
    }

    private boolean isLeftover(long version, String name) {
        return announced.containsKey(version) && !announced.get(version).equals(name);
    }

    /** A failed deletion is retried after the next version. */
    private void delete(String name) {
        if (isBaseModel(name)) {
            return;
        }
        try {
            store.delete(name);
        } catch (CheckpointException e) {
            LOG.warn("{}; retrying after the next version", e.getMessage());
        }
    }

    private boolean isBaseModel(String name) {
        Path base = settings.get(PolicySettings.BASE_MODEL).toAbsolutePath().normalize();
        return base.endsWith(name) && String.valueOf(base.getParent()).equals(store.location());
    }

    private boolean stays(long version, long newest, long nowMs) {
        if (version == 0 || version > newest - settings.get(CheckpointSettings.KEEP_CHECKPOINTS)) {
            return true;
        }
        long every = settings.get(CheckpointSettings.KEEP_EVERY_VERSIONS);
        if (every == 0 || version % every != 0) {
            return false;
        }
        Duration log = settings.catalogue().retention();
        return log.isNegative() || nowMs - seenAtMs.computeIfAbsent(version, unseen -> nowMs) <= log.toMillis();
    }
}
