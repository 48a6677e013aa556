package dev.krpo.streams.group;

import dev.krpo.estimators.Estimate;

/**
 * An estimate of a group and what training gets of it.
 *
 * @param kept whether each completion is kept; null if there is no filter, because nearly every rollout is estimated
 *     without one
 */
@SuppressWarnings("ArrayRecordComponent")
public record SelectedEstimate(Estimate estimate, boolean[] kept) {

    /** @param order of the completion in the group */
    public boolean keeps(int order) {
        return kept == null || kept[order];
    }
}
