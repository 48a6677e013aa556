package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.family.ModelConfig;
import java.util.Arrays;

/**
 * Decoding state of a batch: the keys and values of the tokens so far, one column per token, and the start of each row.
 * Prompts of different lengths are aligned at their end, so that every row writes the same column. The cache is
 * independent of the weights that computed its columns: weights may change between decode steps.
 */
public final class KeyValueCache {

    /** Added to the scores of padding: finite, so that the softmax of a query that sees only padding is defined. */
    private static final float MASKED = -1e9f;

    private final NDArray[] keys;
    private final NDArray[] values;
    private final RotaryTable.Rotation rotation;
    /** {@code [batch, 1, capacity, 1, 1]}; null if all prompts have the same length. */
    private final NDArray padding;

    private long length;

    /**
     * An empty cache.
     *
     * @param manager owns the cache; must not be a policy's if weights may change
     * @param promptLengths tokens in each row's prompt
     * @param capacity columns: the longest prompt plus every new token that is read back
     */
    public KeyValueCache(NDManager manager, Decoder decoder, int[] promptLengths, int capacity) {
        ModelConfig config = decoder.config();
        int batch = promptLengths.length;
        int longest = Arrays.stream(promptLengths).max().orElseThrow();
        boolean padded = Arrays.stream(promptLengths).anyMatch(prompt -> prompt < longest);
        Shape shape = new Shape((long) batch * config.keyValueHeads(), capacity, config.headSize());
        keys = new NDArray[config.layers()];
        values = new NDArray[config.layers()];
        for (int layer = 0; layer < keys.length; layer++) {
            keys[layer] = manager.zeros(shape);
            values[layer] = manager.zeros(shape);
        }
        if (!padded) {
            rotation = decoder.rotary().first(manager, capacity);
            padding = null;
            return;
        }
        long[] positions = new long[batch * capacity];
        float[] mask = new float[batch * capacity];
        for (int row = 0; row < batch; row++) {
            int pad = longest - promptLengths[row];
            Arrays.fill(mask, row * capacity, row * capacity + pad, MASKED);
            for (int column = pad; column < capacity; column++) {
                positions[row * capacity + column] = (long) column - pad;
            }
        }
        rotation = decoder.rotary().at(manager.create(positions, new Shape(batch, capacity)));
        padding = manager.create(mask, new Shape(batch, 1, capacity, 1, 1));
    }

    /** The forward pass of the next {@code time} columns. */
    ForwardPass pass(NDManager manager, long time) {
        long end = length + time;
        return new ForwardPass(
                rotation.columns(manager, length, end).tiled(),
                ForwardPass.causal(manager, (int) time),
                padding == null
                        ? null
                        : padding.get(
                                manager, new NDIndex().addAllDim().addAllDim().addSliceDim(0, end)),
                this);
    }

    /** Adds {@code [batch * keyValueHeads, time, head]} after the filled columns and returns all of them. */
    NDArray appendKeys(int layer, NDArray added) {
        return append(keys[layer], added);
    }

    /** As {@link #appendKeys}. */
    NDArray appendValues(int layer, NDArray added) {
        return append(values[layer], added);
    }

    /** To be called once every layer has appended its {@code time} columns. */
    void advance(long time) {
        length += time;
    }

    private NDArray append(NDArray cache, NDArray added) {
        long end = length + added.getShape().get(1);
        cache.set(new NDIndex().addAllDim().addSliceDim(length, end), added);
        return cache.get(added.getManager(), new NDIndex().addAllDim().addSliceDim(0, end));
    }
}
