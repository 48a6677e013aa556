package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.core.Embedding;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864, eq. 34) in the half-split layout of Hugging Face:
 * {@code x * cos + rotateHalf(x) * sin}, where rotateHalf is a multiplication with a fixed {@code [head, head]} matrix.
 */
final class RotaryTable {

    private final NDArray cos;
    private final NDArray sin;
    private final NDArray rotateHalf;

    RotaryTable(NDManager manager, ModelConfig config) {
        int head = config.headSize();
        int half = head / 2;
        float[] cosines = new float[config.maxPositions() * head];
        float[] sines = new float[config.maxPositions() * head];
        for (int position = 0; position < config.maxPositions(); position++) {
            for (int i = 0; i < half; i++) {
                double angle = position / Math.pow(config.ropeTheta(), 2.0 * i / head);
                cosines[position * head + i] = cosines[position * head + half + i] = (float) Math.cos(angle);
                sines[position * head + i] = sines[position * head + half + i] = (float) Math.sin(angle);
            }
        }
        float[] rotation = new float[head * head];
        for (int i = 0; i < half; i++) {
            rotation[(half + i) * head + i] = -1;
            rotation[i * head + half + i] = 1;
        }
        cos = manager.create(cosines, new Shape(config.maxPositions(), head));
        sin = manager.create(sines, new Shape(config.maxPositions(), head));
        rotateHalf = manager.create(rotation, new Shape(head, head));
    }

    /** Positions 0..time-1 for every row: {@code [1, time, 1, head]} each. */
    Rotation firstPositions(NDManager manager, long time) {
        NDIndex index = new NDIndex(":" + time);
        return new Rotation(
                cos.get(manager, index).expandDims(0).expandDims(2),
                sin.get(manager, index).expandDims(0).expandDims(2),
                rotateHalf);
    }

    /** One position a row: int64 {@code [batch]} gives {@code [batch, 1, 1, head]} each. */
    Rotation at(NDArray positions) {
        return new Rotation(
                rows(cos, positions).expandDims(1).expandDims(1),
                rows(sin, positions).expandDims(1).expandDims(1),
                rotateHalf);
    }

    private static NDArray rows(NDArray table, NDArray positions) {
        return Embedding.embedding(positions, table, SparseFormat.DENSE).singletonOrThrow();
    }

    /** The cosines and sines of the positions of one forward pass. */
    static final class Rotation {

        private final NDArray cosines;
        private final NDArray sines;

        private final NDArray rotateHalf;

        private Rotation(NDArray cosines, NDArray sines, NDArray rotateHalf) {
            this.cosines = cosines;
            this.sines = sines;
            this.rotateHalf = rotateHalf;
        }

        /** Rotates {@code [batch, time, heads, head]}. */
        NDArray apply(NDArray x) {
            return x.mul(cosines).add(x.matMul(rotateHalf).mul(sines));
        }
    }
}
