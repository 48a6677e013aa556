package dev.krpo.experiments;

import java.util.List;
import java.util.Locale;

/**
 * The spread of a batch's gradient around its mean at one policy, measured on independent batches.
 *
 * @param noise trace of the covariance of a batch's gradient
 * @param signal unbiased estimate of the mean gradient's squared norm; may be negative if the noise dominates
 */
record GradientNoise(double noise, double signal) {

    /** @param gradients at least two, of equal length */
    static GradientNoise of(List<float[]> gradients) {
        int count = gradients.size();
        double squares = 0;
        double products = 0;
        for (int i = 0; i < count; i++) {
            squares += product(gradients.get(i), gradients.get(i)) / count;
            for (int j = 0; j < i; j++) {
                products += product(gradients.get(i), gradients.get(j)) * 2 / count / (count - 1);
            }
        }
        return new GradientNoise(squares - products, products);
    }

    /**
     * Noise over signal: the number of batches whose mean gradient has equal noise and signal (the simple noise scale
     * of arXiv 1812.06162, eq. 2.9, in batches). Invariant to scaling all advantages by a constant.
     */
    double relative() {
        return noise / signal;
    }

    /** Mean noise and mean signal of measurements from several seeds. */
    static GradientNoise mean(List<GradientNoise> measured) {
        return new GradientNoise(
                measured.stream().mapToDouble(GradientNoise::noise).average().orElseThrow(),
                measured.stream().mapToDouble(GradientNoise::signal).average().orElseThrow());
    }

    String format() {
        return signal > 0 ? String.format(Locale.ROOT, "%.1f", relative()) : "signal too small";
    }

    private static double product(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }
}
