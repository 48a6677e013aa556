package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WeightTypeTest {

    @TempDir
    private Path folder;

    /** Every 16-bit value that is a number. */
    @ParameterizedTest
    @EnumSource(names = {"BFLOAT16", "FLOAT16"})
    void shouldKeepTheBitsOfEveryValueThatNeedsNoRounding(WeightType type) throws IOException {
        int infinity = type == WeightType.FLOAT16 ? 0x7c00 : 0x7f80;
        float[] values = new float[2 * infinity];
        for (int i = 0; i < infinity; i++) {
            float value = type == WeightType.FLOAT16 ? half(i) : Float.intBitsToFloat(i << 16);
            values[2 * i] = value;
            values[2 * i + 1] = -value;
        }

        assertThat(written(values, type)).isEqualTo(values);
    }

    private static float half(int bits) {
        int exponent = bits >>> 10;
        int fraction = bits & 0x3ff;
        return (float) (exponent == 0 ? fraction * 0x1p-24 : (1 + fraction * 0x1p-10) * Math.pow(2, exponent - 15));
    }

    @ParameterizedTest
    @CsvSource({"BFLOAT16, 0x1p-8", "FLOAT16, 0x1p-11"})
    void shouldRoundToTheNearest(WeightType type, String precision) throws IOException {
        long seed = 5;
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(20) - 13));
        }

        float[] rounded = written(values, type);

        for (int i = 0; i < values.length; i++) {
            double limit = Math.max(Math.abs(values[i]), 0x1p-14) * Double.parseDouble(precision);
            assertThat(Math.abs((double) rounded[i] - values[i]))
                    .as("seed %d, value %s", seed, values[i])
                    .isLessThanOrEqualTo(limit);
        }
    }

    @Test
    void shouldRoundHalvesToEvenAndKeepWhatIsNotANumber() throws IOException {
        assertThat(written(new float[] {1 + 0x1p-8f, 1 + 3 * 0x1p-8f, Float.NaN}, WeightType.BFLOAT16))
                .containsExactly(1, 1 + 0x1p-6f, Float.NaN);
        assertThat(written(
                        new float[] {1 + 0x1p-11f, 1 + 3 * 0x1p-11f, Float.NaN, Float.NEGATIVE_INFINITY},
                        WeightType.FLOAT16))
                .containsExactly(1, 1 + 0x1p-9f, Float.NaN, Float.NEGATIVE_INFINITY);
    }

    @Test
    void shouldRejectAValueThatFloat16CannotHold() {
        assertThatThrownBy(() -> written(new float[] {65_520}, WeightType.FLOAT16))
                .hasMessageContaining("65520.0 is too large for float16; use bfloat16 or float32");
        assertThatThrownBy(() -> WeightType.named("float8"))
                .hasMessageContaining("there is no weight type float8; use one of float32, bfloat16, float16");
    }

    private float[] written(float[] values, WeightType type) throws IOException {
        Path file = folder.resolve("w.safetensors");
        Files.deleteIfExists(file);
        SafetensorsWriter.write(file, Map.of("w", new HostTensor(values, values.length)), type);
        assertThat(file.toFile().length()).isBetween(2L * values.length, 2L * values.length + 200);
        return SafetensorsReader.read(file).get("w").values();
    }
}
