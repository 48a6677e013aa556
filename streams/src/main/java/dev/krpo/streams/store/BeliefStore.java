package dev.krpo.streams.store;

import dev.krpo.estimators.Belief;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Filters of prompts or of datasets. Earlier builds stored them under the prompt's or the dataset's name alone; such a
 * filter moves to the first policy that requests it with the same dataset.
 */
public final class BeliefStore {

    private final KeyValueStore<String, StoredBelief> store;

    public BeliefStore(KeyValueStore<String, StoredBelief> store) {
        this.store = store;
    }

    /** The filter of a prompt; null if there is none yet. */
    public Belief ofPrompt(PromptKey prompt) {
        return get(prompt.stored(), prompt.promptId(), prompt);
    }

    /** The filter of a prompt's dataset; null if there is none yet. */
    public Belief ofDataset(PromptKey prompt) {
        return get(prompt.storedDataset(), prompt.dataset(), prompt);
    }

    public void put(String key, StoredBelief filter) {
        store.put(key, filter);
    }

    private Belief get(String key, String formerKey, PromptKey owner) {
        StoredBelief stored = store.get(key);
        if (stored == null) {
            stored = former(store, formerKey, owner);
            if (stored != null) {
                store.put(key, stored);
                store.delete(formerKey);
            }
        }
        return stored == null ? null : stored.filter();
    }

    /** The filter of a prompt, without moving it; null if there is none. */
    public static StoredBelief read(ReadOnlyKeyValueStore<String, StoredBelief> prompts, PromptKey prompt) {
        StoredBelief stored = prompts.get(prompt.stored());
        return stored == null ? former(prompts, prompt.promptId(), prompt) : stored;
    }

    private static StoredBelief former(
            ReadOnlyKeyValueStore<String, StoredBelief> store, String formerKey, PromptKey owner) {
        StoredBelief stored = store.get(formerKey);
        boolean former = stored != null
                && stored.policyName().isEmpty()
                && stored.dataset().equals(owner.dataset());
        return former
                ? new StoredBelief(stored.filter(), owner.policyName(), stored.dataset(), stored.updatedAtMs())
                : null;
    }
}
