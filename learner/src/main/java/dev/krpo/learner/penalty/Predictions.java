package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.learner.loss.Shapes;

/**
 * A model's predictions at each position.
 *
 * @param logProbs of the tokens that were drawn, {@code [batch, time]}
 * @param distribution log-probs of the whole vocabulary, {@code [batch, time, vocabulary]}
 */
public record Predictions(NDArray logProbs, NDArray distribution) {

    /**
     * The log-probs of a reference minus these, for the tokens that were drawn.
     *
     * @param mask 1 for completion tokens, {@code [batch, time]}
     * @return {@code [batch, time]}, 0 outside the mask
     * @throws IllegalArgumentException if the shapes do not match, naming them
     */
    public NDArray difference(Predictions reference, NDArray mask) {
        Shapes.same("logProbs", logProbs, "reference", reference.logProbs);
        Shapes.same("logProbs", logProbs, "mask", mask);
        return reference.logProbs.sub(logProbs).mul(mask);
    }

    /** The same values as constants, without gradient. */
    public Predictions stopGradient() {
        return new Predictions(logProbs.stopGradient(), distribution.stopGradient());
    }
}
