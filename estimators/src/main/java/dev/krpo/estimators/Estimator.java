package dev.krpo.estimators;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns rewards of one prompt into advantages. Implementations are immutable, so any thread may use one. */
public interface Estimator {

    /** The name that selects it in {@code estimator.name} and that is written into every sample. */
    String name();

    /** Whether the completions of one group must be estimated together, so that the first has to wait for the last. */
    boolean grouped();

    /** Whether it remembers prompts from one group to the next. */
    boolean persistent();

    /** Fewest completions it can work with: without a history a reward has only its group to be compared with. */
    default int smallestGroup() {
        return persistent() ? 1 : 2;
    }

    /**
     * Why it cannot take a completion at all; asked of each completion before it is put into a group.
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
     * @param state what is known of the prompt; {@link State#UNSEEN} for estimators that are not {@link #persistent()}
     * @param group completions of one prompt in the order of their index, at least {@link #smallestGroup()}, none that
     *     it has an {@link #objection} to
     * @throws IllegalArgumentException if the group is too small
     */
    Estimate estimate(State state, List<Observation> group);

    /** Refuses a group that is too small, naming the remedy. */
    static void requireGroup(Estimator estimator, List<Observation> group) {
        if (group.size() < estimator.smallestGroup()) {
            throw new IllegalArgumentException("a group of " + group.size() + " is too small: " + estimator.name()
                    + " needs at least " + estimator.smallestGroup()
                    + " completions of a prompt; generate larger groups or use " + Estimators.NAME.key() + "=krpo");
        }
    }
}
