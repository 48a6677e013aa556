package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;

/**
 * A model's predictions at each position.
 *
 * @param logProbs of the tokens that were drawn, {@code [batch, time]}
 * @param distribution log-probs of the whole vocabulary, {@code [batch, time, vocabulary]}
 */
public record Predictions(NDArray logProbs, NDArray distribution) {

    /** The same values as constants, without gradient. */
    public Predictions stopGradient() {
        return new Predictions(logProbs.stopGradient(), distribution.stopGradient());
    }
}
