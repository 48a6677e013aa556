package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * Truncated importance sampling (the policy gradient of IMPALA, arXiv 1802.01561, sect. 4.2): {@code -min(ratio,
 * truncation) A} in value, with the gradient {@code -min(ratio, truncation) A grad log pi}. Unlike clipping, it never
 * removes a token's gradient, and unlike plain importance sampling, its variance is bounded.
 */
final class TruncatedImportance {

    private TruncatedImportance() {}

    /**
     * @param truncation > 0; infinity gives plain importance sampling
     * @return {@code [batch, time]}
     */
    static NDArray of(LossInput input, double truncation) {
        NDArray weight = weight(input.ratio().stopGradient(), truncation);
        NDArray here = input.logProbs().stopGradient();
        NDArray one = input.logProbs().sub(here).mul(input.mask()).exp();
        return one.mul(weight).mul(input.advantages()).neg();
    }

    /** {@code min(ratio, truncation)}. */
    static NDArray weight(NDArray ratio, double truncation) {
        return ratio.minimum((float) Math.min(Float.MAX_VALUE, truncation));
    }
}
