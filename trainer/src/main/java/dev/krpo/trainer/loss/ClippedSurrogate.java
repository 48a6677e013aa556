package dev.krpo.trainer.loss;

import ai.djl.ndarray.NDArray;

/**
 * PPO's clipped surrogate (arXiv 1707.06347, eq. 7), with separate lower and upper clip ranges (DAPO's clip-higher, arXiv
 * 2503.14476, eq. 10): {@code -min(ratio A, clip(ratio, 1 - low, 1 + high) A)}.
 */
final class ClippedSurrogate {

    private ClippedSurrogate() {}

    /**
     * @param ratio importance ratio {@code [batch, time]}, or {@code [batch, 1]} of whole completions
     * @param advantages {@code [batch, 1]}
     * @param clipLow > 0; infinity does not clip
     * @param clipHigh > 0; infinity does not clip
     * @return of the ratio's shape
     */
    static NDArray of(NDArray ratio, NDArray advantages, double clipLow, double clipHigh) {
        Shapes.column("advantages", advantages, ratio);
        float lowest = (float) Math.max(0, 1 - clipLow);
        float highest = (float) Math.min(Float.MAX_VALUE, 1 + clipHigh);
        NDArray free = ratio.mul(advantages);
        NDArray clipped = ratio.clip(lowest, highest).mul(advantages);
        return free.minimum(clipped).neg();
    }

    /** Whether {@link #of} clips a ratio, whichever of the two products is then the smaller one. */
    static NDArray outside(NDArray ratio, double clipLow, double clipHigh) {
        return ratio.lt(1 - clipLow).logicalOr(ratio.gt(1 + clipHigh));
    }
}
