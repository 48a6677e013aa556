package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * Result of a {@link PolicyObjective} for each token.
 *
 * @param loss {@code [batch, time]}; meaningless outside the mask
 * @param bounded true where the objective's own bound lies below or above the ratio it uses, {@code [batch, time]} or,
 *     if it has one ratio per completion, {@code [batch, 1]}
 */
public record TokenLosses(NDArray loss, NDArray bounded) {}
