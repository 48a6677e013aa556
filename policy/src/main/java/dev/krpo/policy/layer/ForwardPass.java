package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * State shared by all layers in one forward pass. Scores are {@code [batch, groups, columns, heads per group, time]}.
 *
 * @param rotation rotary factors of the columns of this pass
 * @param causal {@code [time, 1, time]}: 0 where the query (last) sees the key (first), else minus infinity; null for
 *     one query
 * @param padding {@code [batch, 1, columns, 1, 1]}, very negative where a row has only padding; null without such rows
 * @param cache keys and values of earlier columns; null when all columns are in this pass
 */
record ForwardPass(RotaryTable.Rotation rotation, NDArray causal, NDArray padding, KeyValueCache cache) {

    /** Right-padded rows that start at position 0. */
    static ForwardPass wholeSequence(NDManager manager, RotaryTable rotary, long time) {
        return new ForwardPass(rotary.first(manager, time).tiled(), causal(manager, (int) time), null, null);
    }

    /** Decoding continues from the last column only; the others matter for their keys and values. */
    boolean lastOnly() {
        return cache != null;
    }

    static NDArray causal(NDManager manager, int time) {
        if (time == 1) {
            return null;
        }
        float[] mask = new float[time * time];
        for (int key = 0; key < time; key++) {
            for (int query = 0; query < key; query++) {
                mask[key * time + query] = Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(mask, new Shape(time, 1, time));
    }
}
