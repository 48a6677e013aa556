package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;

/**
 * RMSNorm (arXiv 1910.07467, eq. 4).
 *
 * @param weight {@code [hidden]}
 * @param epsilon added to the mean square
 */
record RmsNorm(NDArray weight, NDArray epsilon) {

    /** Normalises the last axis of {@code [batch, time, hidden]}. */
    NDArray apply(NDArray x) {
        NDArray meanSquare = x.square().mean(new int[] {2}, true);
        return x.div(meanSquare.add(epsilon).sqrt()).mul(weight);
    }
}
