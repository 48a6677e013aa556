package dev.krpo.estimators;

import dev.krpo.settings.Config;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The configured estimator and sample filter with their states in memory: does what the topology does with its stores,
 * for programs without a broker.
 */
public final class EstimatorMemory {

    private final GroupEstimation estimation;
    private final Map<String, Belief> prompts = new HashMap<>();
    private final Map<String, Belief> datasets = new HashMap<>();

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public EstimatorMemory(Config config) {
        estimation = GroupEstimation.of(config);
    }

    /**
     * Estimates one group, or its completions one by one if nothing compares them, and updates the states.
     *
     * @param dataset of the prompt, always the same for one prompt
     * @return one advantage for each observation, in their order; empty for those left out by the filter
     * @throws IllegalArgumentException if estimator or filter rejects a completion or the group is too small; the
     *     states are then unchanged
     * @throws ArithmeticException if a reward is so large that the estimate is not finite
     */
    public List<Optional<Advantage>> estimate(String promptId, String dataset, List<Observation> group) {
        for (Observation one : group) {
            require(promptId, estimation.objection(one.reward(), one.rewardComponents()));
        }
        if (estimation.grouped()) {
            require(promptId, estimation.tooSmall(group.size()));
            return estimateTogether(promptId, dataset, group);
        }
        return group.stream()
                .flatMap(one -> estimateTogether(promptId, dataset, List.of(one)).stream())
                .toList();
    }

    private static void require(String promptId, Optional<Objection> objection) {
        objection.ifPresent(broken -> {
            throw new IllegalArgumentException("prompt " + promptId + ": " + broken.detail());
        });
    }

    private List<Optional<Advantage>> estimateTogether(String promptId, String dataset, List<Observation> group) {
        Estimator estimator = estimation.estimator();
        State before = estimator.persistent() ? new State(prompts.get(promptId), datasets.get(dataset)) : State.UNSEEN;
        GroupEstimation.Result result = estimation.estimate(before, group);
        Estimate estimate = result.estimate();
        if (!estimate.isFinite()) {
            throw new ArithmeticException("the rewards of prompt " + promptId + " overflow in " + estimator.name()
                    + "; scale rewards to a sensible range, such as [0, 1]");
        }
        if (estimator.persistent()) {
            prompts.put(promptId, estimate.state().prompt());
            datasets.put(dataset, estimate.state().dataset());
        }
        List<Advantage> advantages = estimate.advantages();
        return IntStream.range(0, group.size())
                .mapToObj(i -> result.kept()[i] ? Optional.of(advantages.get(i)) : Optional.<Advantage>empty())
                .toList();
    }

    /** The belief of a prompt; empty before its first reward and for estimators without history. */
    public Optional<Belief> belief(String promptId) {
        return Optional.ofNullable(prompts.get(promptId));
    }
}
