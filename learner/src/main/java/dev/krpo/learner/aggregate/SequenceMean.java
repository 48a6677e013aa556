package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;

/**
 * All sequences are weighted equally: mean over a sequence's tokens, then over the batch (GRPO, arXiv 2402.03300, eq.
 * 3).
 */
public record SequenceMean() implements Aggregation {

    static final String NAME = "sequence-mean";

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        int[] time = {1};
        return perToken.mul(mask).sum(time).div(mask.sum(time)).mean();
    }
}
