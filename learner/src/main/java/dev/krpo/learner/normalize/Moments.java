package dev.krpo.learner.normalize;

import java.util.Arrays;

/**
 * Mean and variance of the advantages of a batch. The variance is that of a sample (n - 1), and 1e-8 is added to it
 * before its root is taken, as verl does.
 */
record Moments(double mean, double variance) {

    private static final double EPSILON = 1e-8;

    /** Each value counts once. */
    static Moments of(double[] values) {
        int[] once = new int[values.length];
        Arrays.fill(once, 1);
        return of(values, once);
    }

    /** @param counts how often each value counts */
    static Moments of(double[] values, int[] counts) {
        double mean = mean(values, counts);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += counts[i] * (values[i] - mean) * (values[i] - mean);
        }
        return new Moments(mean, sum / Math.max(1, Arrays.stream(counts).sum() - 1));
    }

    /**
     * The mean of equal values is exactly that value, so that their variance is 0: a variance due to rounding would be
     * blown up.
     */
    private static double mean(double[] values, int[] counts) {
        if (Arrays.stream(values).allMatch(value -> value == values[0])) {
            return values[0];
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += counts[i] * values[i];
        }
        return sum / Arrays.stream(counts).sum();
    }

    /** The reciprocal of the standard deviation. */
    double scale() {
        return 1 / Math.sqrt(variance + EPSILON);
    }

    /** With mean 0 and variance 1. */
    double[] standardized(double[] values) {
        double scale = scale();
        return Arrays.stream(values).map(value -> (value - mean) * scale).toArray();
    }
}
