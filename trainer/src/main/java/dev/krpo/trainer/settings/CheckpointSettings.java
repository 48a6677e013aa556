package dev.krpo.trainer.settings;

import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/** Settings for the checkpoints that the trainer keeps, and how long it tries to write one. */
public final class CheckpointSettings {

    public static final Section SECTION = Section.of("trainer", "Checkpoints", "trainer");

    public static final Setting<Integer> KEEP_CHECKPOINTS = SECTION.integer("keepCheckpoints", 10)
            .atLeast(2)
            .unit("checkpoints")
            .doc("Number of newest checkpoints kept, besides version 0.");
    public static final Setting<Long> KEEP_EVERY_VERSIONS = SECTION.integer("keepEveryVersions", 100L)
            .atLeast(0L)
            .unit("policy versions")
            .doc("Also keep each version that is a multiple of this, for topics.retentionMs after this trainer"
                    + " started or wrote it: replay starts from them once retention has deleted the beginning of the"
                    + " log. 0 disables this.");
    public static final Setting<Long> TIMEOUT_MS = SECTION.integer("checkpointTimeoutMs", 300_000L)
            .atLeast(0L)
            .unit("ms")
            .doc("How long the trainer keeps trying to write a checkpoint while policy.checkpoints is"
                    + " unavailable or full before it stops.");

    private CheckpointSettings() {}
}
