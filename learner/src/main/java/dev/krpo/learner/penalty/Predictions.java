package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;

/**
 * What a model says at each position.
 *
 * @param logProbs of the tokens that were drawn, {@code [batch, time]}
 * @param distribution log-probs of the whole vocabulary, {@code [batch, time, vocabulary]}
 */
public record Predictions(NDArray logProbs, NDArray distribution) {

    /** The same numbers as constants. */
    public Predictions stopGradient() {
        return new Predictions(logProbs.stopGradient(), distribution.stopGradient());
    }
}
