package dev.krpo.streams.store;

import dev.krpo.schemas.serde.EncodedRollout;

/**
 * Identifies state by policy, dataset and prompt. Policies and datasets share no state, even if their prompts have the
 * same names.
 */
public record PromptKey(String policyName, String dataset, String promptId) {

    public static PromptKey of(EncodedRollout rollout) {
        return new PromptKey(rollout.policyName(), rollout.dataset(), rollout.promptId());
    }

    /** The prompt's unique key in the stores and in {@code baselines}. */
    public String stored() {
        return storedDataset() + withLength(promptId);
    }

    /** The key of its dataset in the stores, unique per policy and dataset. */
    public String storedDataset() {
        return withLength(policyName) + withLength(dataset);
    }

    /** A name prefixed with its length, so that concatenated names remain unambiguous. */
    public static String withLength(String name) {
        return name.length() + ":" + name;
    }

    @Override
    public String toString() {
        return "policy '" + policyName + "', dataset '" + dataset + "', prompt '" + promptId + "'";
    }
}
