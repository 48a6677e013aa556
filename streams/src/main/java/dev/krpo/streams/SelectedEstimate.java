package dev.krpo.streams;

import dev.krpo.estimators.Estimate;

/**
 * An estimate of a group and what training gets of it.
 *
 * @param kept whether each completion is kept; null if there is no filter, because nearly every rollout is estimated without one
 */
@SuppressWarnings("ArrayRecordComponent")
record SelectedEstimate(Estimate estimate, boolean[] kept) {

    /** @param order of the completion in the group */
    boolean keeps(int order) {
        return kept == null || kept[order];
    }
}
