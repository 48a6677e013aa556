package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * What all layers share in one forward pass.
 *
 * @param rotation rotary factors of the columns of this pass
 * @param causal {@code [time, time]}: 0 where query (row) sees key (column), else minus infinity; null for one query
 * @param padding {@code [batch, 1, 1, columns]}, very negative where a row has only padding; null without such rows
 * @param cache keys and values of earlier columns; null when all columns are in this pass
 */
record ForwardPass(RotaryTable.Rotation rotation, NDArray causal, NDArray padding, KeyValueCache cache) {

    /** Right-padded rows that start at position 0. */
    static ForwardPass wholeSequence(NDManager manager, RotaryTable rotary, long time) {
        return new ForwardPass(rotary.first(manager, time), causal(manager, (int) time), null, null);
    }

    static NDArray causal(NDManager manager, int time) {
        if (time == 1) {
            return null;
        }
        float[] mask = new float[time * time];
        for (int query = 0; query < time; query++) {
            for (int key = query + 1; key < time; key++) {
                mask[query * time + key] = Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(mask, new Shape(time, time));
    }
}
