package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * What a {@link PolicyObjective} says of each token.
 *
 * @param loss {@code [batch, time]}; without meaning outside the mask
 * @param bounded true where the objective's own bound lies below or above the ratio it uses, {@code [batch, time]} or,
 *     if it has one ratio for a completion, {@code [batch, 1]}
 */
public record TokenLosses(NDArray loss, NDArray bounded) {}
