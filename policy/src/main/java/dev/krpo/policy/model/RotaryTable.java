package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864, eq. 34) in the half-split layout of Hugging Face: component i
 * of a head is paired with component i + half. The factors also carry head^-1/4, once for the query and once for the
 * key: together the 1/sqrt(head) of scaled dot-product attention.
 */
final class RotaryTable {

    private final int half;
    /** {@code [positions, half]}. */
    private final NDArray cosines;
    /** {@code [positions, 2 * half]}: first the negative sines, then the sines. */
    private final NDArray signedSines;

    RotaryTable(NDManager manager, ModelConfig config) {
        half = config.headSize() / 2;
        int positions = config.maxPositions();
        double scale = Math.pow(config.headSize(), -0.25);
        float[] cos = new float[positions * half];
        float[] sin = new float[positions * half * 2];
        for (int i = 0; i < half; i++) {
            double frequency = Math.pow(config.ropeTheta(), -2.0 * i / config.headSize());
            for (int position = 0; position < positions; position++) {
                cos[position * half + i] = (float) (scale * Math.cos(position * frequency));
                float sine = (float) (scale * Math.sin(position * frequency));
                sin[position * half * 2 + i] = -sine;
                sin[position * half * 2 + half + i] = sine;
            }
        }
        cosines = manager.create(cos, new Shape(positions, half));
        signedSines = manager.create(sin, new Shape(positions, half * 2L));
    }

    /** Positions 0..time-1 for every row. */
    Rotation first(NDManager manager, long time) {
        NDIndex rows = new NDIndex().addSliceDim(0, time);
        return rotation(cosines.get(manager, rows), signedSines.get(manager, rows), 1, time);
    }

    /** Positions int64 {@code [batch, time]}. */
    Rotation at(NDArray positions) {
        Shape shape = positions.getShape();
        return rotation(rows(cosines, positions), rows(signedSines, positions), shape.get(0), shape.get(1));
    }

    private static NDArray rows(NDArray table, NDArray positions) {
        return positions
                .getNDArrayInternal()
                .embedding(positions, table, SparseFormat.DENSE)
                .singletonOrThrow();
    }

    private Rotation rotation(NDArray cos, NDArray sin, long batch, long time) {
        return new Rotation(cos.reshape(batch, time, 1, 1, half), sin.reshape(batch, time, 1, 2, half));
    }

    /**
     * The factors of the positions of one forward pass.
     *
     * @param cosines {@code [batch or 1, time, 1, 1, half]}
     * @param signedSines {@code [batch or 1, time, 1, 2, half]}
     */
    record Rotation(NDArray cosines, NDArray signedSines) {

        /** The rotation of columns {@code from} to {@code to} only. */
        Rotation columns(NDManager manager, long from, long to) {
            NDIndex slice = new NDIndex().addAllDim().addSliceDim(from, to);
            return new Rotation(cosines.get(manager, slice), signedSines.get(manager, slice));
        }

        /** Rotates {@code [batch, time, heads * head]} into {@code [batch, time, heads, head]}. */
        NDArray apply(NDArray x) {
            Shape shape = x.getShape();
            long half = cosines.getShape().get(4);
            NDArray halves = x.reshape(shape.get(0), shape.get(1), -1, 2, half);
            return halves.mul(cosines)
                    .add(halves.flip(3).mul(signedSines))
                    .reshape(shape.get(0), shape.get(1), -1, 2 * half);
        }
    }
}
