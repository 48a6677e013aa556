package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GradientNoiseTest {

    @Test
    void shouldBeTheTraceOfTheSampleCovariance() {
        List<float[]> gradients = gradients(7, 0.5f, 11);
        double trace = 0;
        for (int i = 0; i < 3; i++) {
            double mean = 0;
            for (float[] gradient : gradients) {
                mean += gradient[i] / (double) gradients.size();
            }
            for (float[] gradient : gradients) {
                trace += (gradient[i] - mean) * (gradient[i] - mean) / (gradients.size() - 1);
            }
        }

        assertThat(GradientNoise.of(gradients).noise()).isCloseTo(trace, within(1e-9));
    }

    @Test
    void shouldFindSignalAndNoiseOfManyGradients() {
        long seed = 3;
        GradientNoise noise = GradientNoise.of(gradients(2000, 0.5f, seed));

        assertThat(noise.signal()).as("seed %d", seed).isCloseTo(1 + 4 + 9, within(0.2));
        assertThat(noise.noise()).as("seed %d", seed).isCloseTo(3 * 0.25, within(0.05));
    }

    @Test
    void shouldBeInvariantToTheScaleOfTheAdvantages() {
        List<float[]> gradients = gradients(10, 0.5f, 5);
        List<float[]> scaled = gradients.stream()
                .map(one -> new float[] {4 * one[0], 4 * one[1], 4 * one[2]})
                .toList();

        assertThat(GradientNoise.of(scaled).relative())
                .isCloseTo(GradientNoise.of(gradients).relative(), within(1e-9));
    }

    @Test
    void shouldNotDivideByASignalBelowTheNoise() {
        GradientNoise drowned = GradientNoise.mean(List.of(new GradientNoise(2, 0.5), new GradientNoise(2, -1)));

        assertThat(drowned.format()).isEqualTo("signal too small");
        assertThat(GradientNoise.mean(List.of(new GradientNoise(1, 0.5), new GradientNoise(3, 1.5)))
                        .format())
                .isEqualTo("2.0");
    }

    private static List<float[]> gradients(int count, float deviation, long seed) {
        Random random = new Random(seed);
        List<float[]> gradients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] gradient = {1, 2, 3};
            for (int j = 0; j < 3; j++) {
                gradient[j] += deviation * (float) random.nextGaussian();
            }
            gradients.add(gradient);
        }
        return gradients;
    }
}
