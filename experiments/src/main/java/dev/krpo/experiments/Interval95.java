package dev.krpo.experiments;

import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A value with its 95 % confidence interval.
 *
 * @param low NaN if there is no interval, such as with one seed
 */
record Interval95(double value, double low, double high) {

    /** Mean of independent values with Student's t interval. */
    static Interval95 mean(double... values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        if (values.length < 2) {
            return new Interval95(mean, Double.NaN, Double.NaN);
        }
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double error = Math.sqrt(squares / (values.length - 1) / values.length);
        double half = error * TDistribution.of(values.length - 1).inverseCumulativeProbability(0.975);
        return new Interval95(mean, mean - half, mean + half);
    }

    /** {@code 91.2 [90.1, 92.3]}; infinity is {@code never}. */
    String format(String number) {
        String text = text(number, value);
        return Double.isNaN(low) || Double.isInfinite(low)
                ? text
                : text + " [" + text(number, low) + ", " + text(number, high) + "]";
    }

    private static String text(String number, double value) {
        return Double.isInfinite(value) ? "never" : String.format(Locale.ROOT, number, value);
    }

    Interval95 times(double factor) {
        return new Interval95(value * factor, low * factor, high * factor);
    }
}
