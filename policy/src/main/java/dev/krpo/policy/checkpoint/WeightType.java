package dev.krpo.policy.checkpoint;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The type of the weights in a file; in memory they are always float32. */
public enum WeightType {
    FLOAT32("float32", SafetensorsIndex.Type.F32),
    BFLOAT16("bfloat16", SafetensorsIndex.Type.BF16),
    FLOAT16("float16", SafetensorsIndex.Type.F16);

    private static final float LARGEST_HALF = 65_504;

    private final String torchName;
    private final SafetensorsIndex.Type type;

    WeightType(String torchName, SafetensorsIndex.Type type) {
        this.torchName = torchName;
        this.type = type;
    }

    /**
     * The type that PyTorch calls by this name.
     *
     * @throws IllegalArgumentException if there is none, naming those there are
     */
    public static WeightType named(String torchName) {
        return Arrays.stream(values())
                .filter(one -> one.torchName.equals(torchName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no weight type " + torchName + "; use one of "
                        + Arrays.stream(values()).map(one -> one.torchName).collect(Collectors.joining(", "))));
    }

    /** The name that PyTorch and {@code torch_dtype} use, such as {@code bfloat16}. */
    public String torchName() {
        return torchName;
    }

    SafetensorsIndex.Type type() {
        return type;
    }

    /**
     * Rounds to the nearest 16-bit value, halves to even.
     *
     * @throws IllegalArgumentException if the value is finite and too large
     */
    short round(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (this == BFLOAT16) {
            return Float.isNaN(value)
                    ? (short) ((bits >>> 16) | 0x40)
                    : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
        }
        return (short) (((bits >>> 16) & 0x8000) | half(Math.abs(value)));
    }

    /** IEEE 754 binary16: 5 exponent and 10 fraction bits. */
    private static int half(float magnitude) {
        if (Float.isNaN(magnitude)) {
            return 0x7e00;
        }
        if (Float.isInfinite(magnitude)) {
            return 0x7c00;
        }
        if (magnitude > LARGEST_HALF) {
            throw new IllegalArgumentException(magnitude + " is too large for float16; use bfloat16 or float32");
        }
        if (magnitude < 0x1p-14f) {
            return (int) Math.rint(magnitude * 0x1p24);
        }
        int bits = Float.floatToRawIntBits(magnitude);
        return (bits + 0xfff + ((bits >>> 13) & 1) - (112 << 23)) >>> 13;
    }
}
