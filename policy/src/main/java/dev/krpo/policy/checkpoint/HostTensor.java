package dev.krpo.policy.checkpoint;

import ai.djl.ndarray.NDArray;
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
        return new HostTensor(array.toFloatArray(), array.getShape().getShape());
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
