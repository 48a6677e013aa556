package dev.krpo.policy.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * A float32 tensor in the JVM's memory.
 *
 * @param values row-major
 * @param shape its product is the number of values
 */
public record HostTensor(float[] values, long... shape) {

    /** Checks that the size of the shape equals the number of values. */
    public HostTensor {
        long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (size != values.length) {
            throw new IllegalArgumentException(
                    "Shape " + Arrays.toString(shape) + " holds " + size + " values, not " + values.length);
        }
    }

    /** A copy of a float32 array on any device. */
    public static HostTensor of(NDArray array) {
        long[] shape = array.getShape().getShape();
        int count = Math.toIntExact(array.size());
        if (count <= FloatWindow.VALUES) {
            return new HostTensor(array.toFloatArray(), shape);
        }
        float[] values = new float[count];
        try (NDManager scratch = array.getManager().newSubManager()) {
            NDArray flat = flat(array, scratch);
            forEachPart(count, (from, to) -> {
                NDArray part = flat.get(scratch, part(from, to));
                System.arraycopy(part.toFloatArray(), 0, values, from, to - from);
                part.close();
            });
        }
        return new HostTensor(values, shape);
    }

    /** A copy on the manager's device. */
    NDArray array(NDManager manager) {
        if (values.length <= FloatWindow.VALUES) {
            return manager.create(values, new Shape(shape));
        }
        NDArray array = manager.zeros(new Shape(shape));
        try (NDManager scratch = manager.newSubManager()) {
            NDArray flat = flat(array, scratch);
            forEachPart(values.length, (from, to) -> {
                NDArray part = scratch.create(Arrays.copyOfRange(values, from, to));
                flat.set(part(from, to), part);
                part.close();
            });
        }
        return array;
    }

    private interface Part {
        void copy(int from, int to);
    }

    /** No Java buffer holds a tensor beyond 2 GB. */
    private static void forEachPart(int count, Part part) {
        for (long from = 0; from < count; from += FloatWindow.VALUES) {
            part.copy((int) from, (int) Math.min(count, from + FloatWindow.VALUES));
        }
    }

    private static NDIndex part(long from, long to) {
        return new NDIndex().addSliceDim(from, to);
    }

    /** The array as one row, sharing its memory. */
    private static NDArray flat(NDArray array, NDManager scratch) {
        NDArray flat = array.reshape(-1);
        flat.attach(scratch);
        return flat;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostTensor tensor
                && Arrays.equals(values, tensor.values)
                && Arrays.equals(shape, tensor.shape);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(values) + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return "HostTensor" + Arrays.toString(shape);
    }
}
