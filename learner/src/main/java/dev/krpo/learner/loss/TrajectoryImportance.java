package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * TIC-GRPO (arXiv 2508.02833): importance sampling of whole completions, {@code -min(w, 1 + high) A} with {@code w =
 * exp(sum over tokens of log ratio)}. It is clipped above only, whatever the sign of A. Unlike with token ratios, the
 * gradient with w is that of the current policy; its variance grows with the length. The paper's length-corrected group
 * normalisation concerns the advantages.
 */
final class TrajectoryImportance {

    private TrajectoryImportance() {}

    /** @return {@code [batch, time]}, the same for all tokens of a completion, 0 outside the mask */
    static NDArray of(LossInput input, PolicyObjective.Limits limits) {
        // Clipped before exp: a long completion's w overflows, which would make the gradient 0 times infinity.
        float highest =
                (float) Math.min(Float.MAX_VALUE, Math.min(limits.maxLogRatio(), Math.log1p(limits.clipHigh())));
        NDArray weight = input.sequenceLogRatio().minimum(highest).exp();
        return weight.mul(input.advantages()).neg().mul(input.mask());
    }

    /** True if a completion's w is clipped, {@code [batch, 1]}. */
    static NDArray outside(LossInput input, double clipHigh) {
        return input.sequenceLogRatio().gt(Math.log1p(clipHigh));
    }
}
