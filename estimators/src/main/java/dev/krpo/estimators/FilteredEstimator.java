package dev.krpo.estimators;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * An estimator behind a {@link SampleFilter}. An estimator without history sees only the kept rewards, so mean and
 * scale are theirs. One with history sees all rewards: its belief about a prompt must not depend on the selection for
 * training, or prompts that are always right would never be recognised.
 */
public record FilteredEstimator(Estimator estimator) {

    private static final Advantage NOT_ESTIMATED = new Advantage(0, 0, 0);

    /**
     * Estimates one group; the advantage of a completion that is left out is 0.
     *
     * @param state as for {@link Estimator#estimate}
     * @param group as for {@link Estimator#estimate}
     * @param kept true for each completion that is kept
     */
    public Estimate estimate(State state, List<Observation> group, boolean[] kept) {
        List<Observation> seen = new ArrayList<>(group.size());
        for (int i = 0; i < kept.length; i++) {
            if (sees(kept[i])) {
                seen.add(group.get(i));
            }
        }
        Estimate estimate = seen.isEmpty() ? new Estimate(state, List.of()) : estimator.estimate(state, seen);
        Iterator<Advantage> estimated = estimate.advantages().iterator();
        List<Advantage> advantages = new ArrayList<>(group.size());
        for (boolean keep : kept) {
            Advantage own = sees(keep) ? estimated.next() : NOT_ESTIMATED;
            advantages.add(keep ? own : new Advantage(0, own.baseline(), own.variance()));
        }
        return new Estimate(estimate.state(), advantages);
    }

    private boolean sees(boolean kept) {
        return kept || estimator.persistent();
    }
}
