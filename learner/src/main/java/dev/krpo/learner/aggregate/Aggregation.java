package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;

/** Reduces {@code [batch, time]} losses to a scalar. Immutable. */
public interface Aggregation {

    /**
     * @param perToken {@code [batch, time]}
     * @param mask 1 for tokens that count, {@code [batch, time]}; each row has at least one
     * @return a scalar
     */
    NDArray apply(NDArray perToken, NDArray mask);
}
