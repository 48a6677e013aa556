package dev.krpo.streams.store;

import dev.krpo.schemas.serde.EncodedRollout;

/**
 * Whose state it is: that of a prompt in a dataset, as one policy answers it. Policies and datasets share nothing, even
 * if they name their prompts alike.
 */
public record PromptKey(String policyName, String dataset, String promptId) {

    public static PromptKey of(EncodedRollout rollout) {
        return new PromptKey(rollout.policyName(), rollout.dataset(), rollout.promptId());
    }

    /** The prompt's key in the stores and in {@code baselines}; no two prompts have the same. */
    public String stored() {
        return storedDataset() + withLength(promptId);
    }

    /** The key of its dataset in the stores; no two datasets of two policies have the same. */
    public String storedDataset() {
        return withLength(policyName) + withLength(dataset);
    }

    /** A name with its length in front, so that names can be put one after the other and still be told apart. */
    public static String withLength(String name) {
        return name.length() + ":" + name;
    }

    @Override
    public String toString() {
        return "policy '" + policyName + "', dataset '" + dataset + "', prompt '" + promptId + "'";
    }
}
