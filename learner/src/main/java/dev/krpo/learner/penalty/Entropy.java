package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;

/**
 * Entropy of the next token's distribution, {@code -sum p log p} over the whole vocabulary (arXiv 1602.01783, sect. 4),
 * nats.
 */
public final class Entropy {

    private Entropy() {}

    /**
     * @param distribution log-probs, {@code [batch, time, vocabulary]}
     * @return {@code [batch, time]}
     */
    public static NDArray of(NDArray distribution) {
        return distribution.exp().mul(distribution).sum(new int[] {2}).neg();
    }
}
