package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;

/**
 * Mean and variance of a few numbers. Equal numbers have exactly their own value as mean and exactly zero variance:
 * dividing a rounding error by a tiny epsilon would inflate it.
 *
 * @param mean of the numbers
 * @param variance with n - 1 in the denominator, as {@code torch.std} squared; 0 for a single number
 * @param largest absolute value among the numbers
 */
record Moments(double mean, double variance, double largest) {

    /**
     * A standard deviation below this share of the largest number is noise; dividing by it would amplify that noise.
     */
    private static final double MIN_SPREAD = 1e-3;

    /** @param values at least one */
    static Moments of(double... values) {
        double sum = 0;
        double largest = 0;
        boolean equal = true;
        for (double value : values) {
            sum += value;
            largest = Math.max(largest, Math.abs(value));
            equal &= value == values[0];
        }
        if (equal) {
            return new Moments(values[0], 0, largest);
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return new Moments(mean, squares / (values.length - 1), largest);
    }

    /**
     * {@code (value - mean)/(sigma + epsilon)}, with sigma at least a thousandth of the largest number; 0 if the
     * variance is 0.
     */
    double standardScore(double value, double epsilon) {
        if (variance == 0) {
            return 0;
        }
        double spread = Math.max(Math.sqrt(variance), MIN_SPREAD * largest);
        return (value - mean) / (spread + epsilon);
    }

    /** An advantage whose baseline is this mean. */
    Advantage advantage(double advantage) {
        return new Advantage(advantage, mean, variance);
    }
}
