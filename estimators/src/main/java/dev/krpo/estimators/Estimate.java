package dev.krpo.estimators;

import java.util.List;

/**
 * The result of estimating one group.
 *
 * @param state state to keep until the prompt's next rewards
 * @param advantages one per observation, in the same order
 */
public record Estimate(State state, List<Advantage> advantages) {

    /** True if every advantage may be used and the state may be stored. */
    public boolean isFinite() {
        return state.isFinite() && advantages.stream().allMatch(Advantage::isFinite);
    }
}
