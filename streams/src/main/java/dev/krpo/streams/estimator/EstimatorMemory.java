package dev.krpo.streams.estimator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An estimator with the states it keeps, in memory: what the topology does with its stores, for programs without a broker. */
public final class EstimatorMemory {

    private final Estimator estimator;
    private final Map<String, Filter> prompts = new HashMap<>();
    private final Map<String, Filter> datasets = new HashMap<>();

    public EstimatorMemory(Estimator estimator) {
        this.estimator = estimator;
    }

    /**
     * Estimates one group and remembers what comes of it.
     *
     * @param dataset of the prompt, always the same for one prompt
     * @return one advantage for each observation, in their order
     * @throws IllegalArgumentException if the estimator cannot take a completion or the group is too small
     * @throws ArithmeticException if a reward is so large that the estimate is not finite
     */
    public List<Advantage> estimate(String promptId, String dataset, List<Observation> group) {
        for (Observation one : group) {
            estimator.objection(one.reward(), one.rewardComponents()).ifPresent(objection -> {
                throw new IllegalArgumentException("prompt " + promptId + ": " + objection.detail());
            });
        }
        State before = estimator.persistent() ? new State(prompts.get(promptId), datasets.get(dataset)) : State.UNSEEN;
        Estimate estimate = estimator.estimate(before, group);
        if (!estimate.isFinite()) {
            throw new ArithmeticException("the rewards of prompt " + promptId + " overflow in " + estimator.name()
                    + "; scale rewards to a sensible range, such as [0, 1]");
        }
        if (estimator.persistent()) {
            prompts.put(promptId, estimate.state().prompt());
            datasets.put(dataset, estimate.state().dataset());
        }
        return estimate.advantages();
    }
}
