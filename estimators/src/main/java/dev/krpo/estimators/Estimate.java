package dev.krpo.estimators;

import java.util.List;

/**
 * What comes out of one estimation.
 *
 * @param state what to remember until the prompt's next rewards
 * @param advantages one for each observation, in the order of the observations
 */
public record Estimate(State state, List<Advantage> advantages) {

    /** Whether all of it may be used and remembered. */
    public boolean isFinite() {
        return state.isFinite() && advantages.stream().allMatch(Advantage::isFinite);
    }
}
