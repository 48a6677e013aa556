package dev.krpo.pipeline.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of numbers with ticks at round ones: 1, 2 or 5 times a power of ten apart.
 *
 * @param low the first tick
 * @param high the last tick
 * @param step from one tick to the next
 */
public record Axis(double low, double high, double step) {

    /** The narrowest range that begins and ends with a tick, holds both numbers and has at most so many steps. */
    public static Axis around(double lowest, double highest, int steps) {
        double exact = Math.max(highest - lowest, 1e-3 * Math.max(1e-6, Math.abs(highest))) / steps;
        double power = Math.pow(10, Math.floor(Math.log10(exact)));
        for (int factor : new int[] {1, 2, 5, 10, 20, 50}) {
            double step = factor * power;
            double low = Math.floor(lowest / step + 1e-9) * step;
            double high = Math.max(low + step, Math.ceil(highest / step - 1e-9) * step);
            if (Math.round((high - low) / step) <= steps) {
                return new Axis(low, high, step);
            }
        }
        throw new IllegalArgumentException("no axis from " + lowest + " to " + highest + " in " + steps + " steps");
    }

    public List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        for (long tick = Math.round(low / step); tick <= Math.round(high / step); tick++) {
            ticks.add(tick * step);
        }
        return ticks;
    }

    /** Where the number lies, 0 at the low end and 1 at the high one. */
    public double part(double value) {
        return Math.max(0, Math.min(1, (value - low) / (high - low)));
    }

    /** The number in decimals, without an exponent and without zeros at the end. */
    public static String text(double value) {
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(9));
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
