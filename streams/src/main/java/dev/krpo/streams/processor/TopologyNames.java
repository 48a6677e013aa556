package dev.krpo.streams.processor;

/**
 * Names of the topology's nodes and stores. Changelog topics are named after them: renaming a store discards its state.
 */
public final class TopologyNames {

    /** Beliefs by prompt; the store for interactive queries. */
    public static final String PROMPT_FILTERS = "prompt-filters";

    public static final String DATASET_FILTERS = "dataset-filters";
    public static final String RECENT_IDS = "recent-ids";
    public static final String OPEN_GROUPS = "open-groups";
    public static final String GROUP_MEMBERS = "group-members";

    public static final String ROLLOUTS_SOURCE = "rollouts-source";
    public static final String DECODE = "decode";
    public static final String VALIDATE = "validate";
    public static final String DEDUPLICATE = "deduplicate";
    public static final String ASSEMBLE_GROUPS = "assemble-groups";
    public static final String ESTIMATE = "estimate";
    public static final String ADVANTAGES_SINK = "advantages-sink";
    public static final String BASELINES_SINK = "baselines-sink";
    public static final String DEAD_LETTERS_SINK = "dead-letters-sink";

    private TopologyNames() {}
}
