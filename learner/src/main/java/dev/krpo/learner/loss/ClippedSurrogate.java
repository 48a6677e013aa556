package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * PPO's clipped surrogate (arXiv 1707.06347, eq. 7), with separate lower and upper clip ranges (DAPO's clip-higher,
 * arXiv 2503.14476, eq. 10): {@code -min(ratio A, clip(ratio, 1 - low, 1 + high) A)}. With a negative advantage, this
 * does not bound large ratios, so that one token could dominate a step; {@link #dualClip} bounds them.
 */
final class ClippedSurrogate {

    private ClippedSurrogate() {}

    /**
     * @param ratio importance ratio {@code [batch, time]}, or {@code [batch, 1]} of whole completions
     * @param advantages {@code [batch, 1]}
     * @return in the ratio's shape
     */
    static NDArray of(NDArray ratio, NDArray advantages, PolicyObjective.Limits limits) {
        Shapes.column("advantages", advantages, ratio);
        float lowest = (float) Math.max(0, 1 - limits.clipLow());
        float highest = (float) Math.min(Float.MAX_VALUE, 1 + limits.clipHigh());
        NDArray free = ratio.mul(advantages);
        NDArray clipped = ratio.clip(lowest, highest).mul(advantages);
        return dualClip(free.minimum(clipped), advantages, limits.clipC()).neg();
    }

    /**
     * Dual-clip PPO (arXiv 1912.09729, eq. 5): an objective of negative advantage is at least {@code c A}; one of
     * positive advantage is positive anyway.
     *
     * @param objective ratio times advantage, {@code [batch, time]} or {@code [batch, 1]}
     * @param advantages {@code [batch, 1]}
     */
    static NDArray dualClip(NDArray objective, NDArray advantages, double clipC) {
        return Double.isInfinite(clipC)
                ? objective
                : objective.maximum(advantages.minimum(0f).mul((float) clipC));
    }

    /** True if {@link #of} clips a ratio, regardless of which of the two products is then the smaller one. */
    static NDArray outside(NDArray ratio, double clipLow, double clipHigh) {
        return ratio.lt(1 - clipLow).logicalOr(ratio.gt(1 + clipHigh));
    }
}
