package dev.krpo.cli.inspect;

import dev.krpo.schemas.KalmanState;
import java.util.Collection;
import java.util.List;

/** The filters of one prompt: one per policy and dataset. */
final class PromptFilters {

    private PromptFilters() {}

    /**
     * Keeps the given order; omits a filter written by an earlier build once a policy has taken it over.
     *
     * @param baselines the newest values of the topic
     */
    static List<KalmanState> of(String promptId, Collection<KalmanState> baselines) {
        List<KalmanState> all = baselines.stream()
                .filter(state -> state.getPromptId().equals(promptId))
                .toList();
        return all.stream().filter(state -> !isTakenOver(state, all)).toList();
    }

    private static boolean isTakenOver(KalmanState state, List<KalmanState> all) {
        return state.getPolicyName().isEmpty()
                && all.stream()
                        .anyMatch(other -> !other.getPolicyName().isEmpty()
                                && other.getDataset().equals(state.getDataset()));
    }
}
