package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * Result of a {@link PolicyLoss} for each token.
 *
 * @param loss {@code [batch, time]}; meaningless outside the mask
 * @param bounded true where the loss's own bound lies below or above the ratio it uses, {@code [batch, time]} or, if it
 *     has one ratio per completion, {@code [batch, 1]}; the share of these tokens is {@code clipFraction}
 */
public record TokenLosses(NDArray loss, NDArray bounded) {}
