package dev.krpo.streams;

import dev.krpo.estimators.Filter;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Filters of prompts or of datasets. Earlier builds kept them under the prompt's or the dataset's name alone; such a filter moves to the
 * first policy that asks for it with the dataset that it was made in.
 */
final class FilterStore {

    private final KeyValueStore<String, StoredFilter> store;

    FilterStore(KeyValueStore<String, StoredFilter> store) {
        this.store = store;
    }

    /** The filter of a prompt; null if it has none yet. */
    Filter ofPrompt(PromptKey prompt) {
        return get(prompt.stored(), prompt.promptId(), prompt);
    }

    /** The filter of a prompt's dataset; null if it has none yet. */
    Filter ofDataset(PromptKey prompt) {
        return get(prompt.storedDataset(), prompt.dataset(), prompt);
    }

    void put(String key, StoredFilter filter) {
        store.put(key, filter);
    }

    private Filter get(String key, String formerKey, PromptKey owner) {
        StoredFilter stored = store.get(key);
        if (stored == null) {
            stored = former(store, formerKey, owner);
            if (stored != null) {
                store.put(key, stored);
                store.delete(formerKey);
            }
        }
        return stored == null ? null : stored.filter();
    }

    /** The filter of a prompt without moving it; null if it has none. */
    static StoredFilter read(ReadOnlyKeyValueStore<String, StoredFilter> prompts, PromptKey prompt) {
        StoredFilter stored = prompts.get(prompt.stored());
        return stored == null ? former(prompts, prompt.promptId(), prompt) : stored;
    }

    private static StoredFilter former(
            ReadOnlyKeyValueStore<String, StoredFilter> store, String formerKey, PromptKey owner) {
        StoredFilter stored = store.get(formerKey);
        boolean former = stored != null
                && stored.policyName().isEmpty()
                && stored.dataset().equals(owner.dataset());
        return former
                ? new StoredFilter(stored.filter(), owner.policyName(), stored.dataset(), stored.updatedAtMs())
                : null;
    }
}
