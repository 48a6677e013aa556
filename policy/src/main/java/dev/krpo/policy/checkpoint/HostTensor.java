package dev.krpo.policy.checkpoint;

import java.util.Arrays;

/**
 * A float32 tensor in Java memory, row-major; the number of values must fill the shape.
 *
 */
public record HostTensor(float[] values, long... shape) {

    public HostTensor {
        long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        if (size != values.length) {
            throw new IllegalArgumentException(values.length + " values do not fill shape " + Arrays.toString(shape));
        }
    }
}
