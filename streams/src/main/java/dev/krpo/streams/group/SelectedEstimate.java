package dev.krpo.streams.group;

import dev.krpo.estimators.Estimate;

/**
 * An estimate of a group, and which completions are kept for training.
 *
 * @param kept which completions are kept; null if there is no filter, to save memory in the most common case
 */
@SuppressWarnings("ArrayRecordComponent")
public record SelectedEstimate(Estimate estimate, boolean[] kept) {

    /** @param order position of the completion in the group */
    public boolean keeps(int order) {
        return kept == null || kept[order];
    }
}
