package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/**
 * RMSNorm of each query head and each key head, as in Qwen3. The heads come as two blocks, their first and their second
 * halves, query heads before key heads.
 *
 * @param query {@code [head]}
 * @param key {@code [head]}
 * @param epsilon added to the mean square
 */
record HeadNorm(NDArray query, NDArray key, NDArray epsilon) {

    /**
     * @param first {@code [batch, time, all heads * head / 2]}
     * @param second of the same shape
     * @param heads query heads
     * @param groups key heads
     * @return both halves, in their shape
     */
    NDList apply(NDArray first, NDArray second, int heads, int groups) {
        Shape flat = first.getShape();
        long half = flat.get(2) / (heads + groups);
        Shape byHead = new Shape(flat.get(0), flat.get(1), (long) heads + groups, half);
        NDArray firsts = first.reshape(byHead);
        NDArray seconds = second.reshape(byHead);
        NDArray squares = firsts.square().add(seconds.square());
        NDArray root = squares.mean(new int[] {3}, true).div(2).add(epsilon).sqrt();
        NDList weights = weights(first, heads, groups, half);
        return new NDList(
                firsts.div(root).mul(weights.get(0)).reshape(flat),
                seconds.div(root).mul(weights.get(1)).reshape(flat));
    }

    /** The weights of the first and of the second halves, each {@code [1, 1, all heads, half]}. */
    private NDList weights(NDArray x, int heads, int groups, long half) {
        NDArray both = query.concat(key, 0);
        // A result belongs to the manager of its first operand; the parameters' manager outlives this pass.
        both.attach(x.getManager());
        NDList parts = both.reshape(2, 2, 1, half).split(2, 0);
        NDArray queries = parts.get(0).broadcast(new Shape(1, 2, heads, half));
        NDArray keys = parts.get(1).broadcast(new Shape(1, 2, groups, half));
        return queries.concat(keys, 2).split(2, 1);
    }
}
