package dev.krpo.estimators;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the rewards of one prompt into advantages. Implementations are immutable and thread-safe. */
public interface Estimator {

    /** The value of {@code estimator.name} that selects it; also written into every sample. */
    String name();

    /** True if the completions of a group must be estimated together, so that the first waits for the last. */
    boolean grouped();

    /** True if it keeps state per prompt from one group to the next. */
    boolean persistent();

    /** Minimum number of completions per group: without history, a reward can only be compared with its group. */
    default int minGroupSize() {
        return persistent() ? 1 : 2;
    }

    /**
     * The reason to reject a completion, if there is one; checked for each completion before it joins a group.
     *
     * @param reward finite
     * @param rewardComponents named parts of the reward, finite; may be empty
     */
    default Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return Optional.empty();
    }

    /**
     * Estimates one group.
     *
     * @param state state of the prompt; {@link State#UNSEEN} for estimators that are not {@link #persistent()}
     * @param group completions of one prompt in the order of their index, at least {@link #minGroupSize()}, none with
     *     an {@link #objection}
     * @throws IllegalArgumentException if the group is too small
     */
    Estimate estimate(State state, List<Observation> group);

    /** Rejects a group that is too small, with the remedy. */
    static void requireGroup(Estimator estimator, List<Observation> group) {
        if (group.size() < estimator.minGroupSize()) {
            throw new IllegalArgumentException("a group of " + group.size() + " is too small: " + estimator.name()
                    + " needs at least " + estimator.minGroupSize()
                    + " completions of a prompt; generate larger groups or use " + Estimators.NAME.key() + "=krpo");
        }
    }
}
