package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * CISPO (MiniMax-M1, arXiv 2506.13585, eq. 4 and 5): REINFORCE with the clipped importance ratio as a weight that is
 * not differentiated, {@code -sg(clip(ratio, 1 - low, 1 + high)) A log pi}. The paper sets no lower bound (low = 1 or
 * more). Its gradient then equals that of {@link TruncatedImportance} with truncation 1 + high; the values differ.
 */
final class ClippedImportance {

    private ClippedImportance() {}

    /** @return {@code [batch, time]} */
    static NDArray of(LossInput input, double clipLow, double clipHigh) {
        float lowest = (float) Math.max(0, 1 - clipLow);
        float highest = (float) Math.min(Float.MAX_VALUE, 1 + clipHigh);
        NDArray weight = input.ratio().stopGradient().clip(lowest, highest);
        return input.logProbs().mul(weight).mul(input.advantages()).neg();
    }
}
