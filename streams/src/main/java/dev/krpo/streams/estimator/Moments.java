package dev.krpo.streams.estimator;

/**
 * Mean and variance of a few numbers. Equal numbers have exactly their own value as mean and exactly no variance: rounding
 * would leave a trace that a tiny epsilon blows up.
 *
 * @param mean of the numbers
 * @param variance with n - 1 in the denominator, as {@code torch.std} squared; 0 for a single number
 */
record Moments(double mean, double variance) {

    /** @param values one at least */
    static Moments of(double... values) {
        double sum = 0;
        boolean equal = true;
        for (double value : values) {
            sum += value;
            equal &= value == values[0];
        }
        if (equal) {
            return new Moments(values[0], 0);
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return new Moments(mean, squares / (values.length - 1));
    }

    /** {@code (value - mean)/(sigma + epsilon)}; 0 where there is no variance to measure with. */
    double standardScore(double value, double epsilon) {
        return variance == 0 ? 0 : (value - mean) / (Math.sqrt(variance) + epsilon);
    }

    /** An advantage whose baseline is this mean. */
    Advantage advantage(double advantage) {
        return new Advantage(advantage, mean, variance);
    }
}
