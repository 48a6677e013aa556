package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.krpo.policy.family.ModelConfig;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864, eq. 34) in the half-split layout of Hugging Face: component i
 * of a head is paired with component i + half. The factors also carry head^-1/4, once for the query and once for the
 * key: together the 1/sqrt(head) of scaled dot-product attention; and the scaling's attention factor, for both too.
 */
final class RotaryTable {

    private final int heads;
    private final NDArray cosines;
    private final NDArray sines;

    RotaryTable(NDManager manager, ModelConfig config) {
        heads = config.heads() + config.keyValueHeads();
        int half = config.headSize() / 2;
        int positions = config.maxPositions();
        double[] frequencies = config.rope().frequencies(config.headSize());
        double scale =
                Math.pow(config.headSize(), -0.25) * config.rope().scaling().attentionFactor();
        float[] cos = new float[positions * half];
        float[] sin = new float[positions * half];
        for (int i = 0; i < half; i++) {
            for (int position = 0; position < positions; position++) {
                cos[position * half + i] = (float) (scale * Math.cos(position * frequencies[i]));
                sin[position * half + i] = (float) (scale * Math.sin(position * frequencies[i]));
            }
        }
        cosines = manager.create(cos, new Shape(positions, half));
        sines = manager.create(sin, new Shape(positions, half));
    }

    /**
     * Positions 0..time-1 for every row: copies, because the table is in a Java buffer that is freed with its policy,
     * and a cache may outlive the policy that created it.
     */
    Rotation first(NDManager manager, long time) {
        NDIndex rows = new NDIndex().addSliceDim(0, time);
        return new Rotation(
                cosines.get(manager, rows).duplicate().expandDims(0),
                sines.get(manager, rows).duplicate().expandDims(0),
                heads);
    }

    /** Positions int64 {@code [batch, time]}. */
    Rotation at(NDArray positions) {
        return new Rotation(rows(cosines, positions), rows(sines, positions), heads);
    }

    private static NDArray rows(NDArray table, NDArray positions) {
        return positions
                .getNDArrayInternal()
                .embedding(positions, table, SparseFormat.DENSE)
                .singletonOrThrow();
    }

    /**
     * The rotary factors of a range of columns.
     *
     * @param cosines {@code [batch or 1, time, half]}
     * @param sines of the same shape
     * @param heads query and key heads
     */
    record Rotation(NDArray cosines, NDArray sines, int heads) {

        /** The factors of columns {@code from} to {@code to} only. */
        Rotation columns(NDManager manager, long from, long to) {
            NDIndex slice = new NDIndex().addAllDim().addSliceDim(from, to);
            return new Rotation(cosines.get(manager, slice), sines.get(manager, slice), heads);
        }

        /** Repeated for every head, {@code [batch or 1, time, heads * half]}: long rows multiply faster. */
        Rotation tiled() {
            long[] repeats = {1, 1, heads};
            return new Rotation(cosines.tile(repeats), sines.tile(repeats), heads);
        }
    }
}
