package dev.krpo.settings;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A numeric setting being defined: first its range, then the properties of {@link Draft}. */
public final class NumberDraft<N extends Number & Comparable<N>> extends Draft<N> {

    private final String type;
    private final Function<String, N> parse;
    private N low;
    private N high;
    private boolean lowIncluded;
    private boolean highIncluded;
    private boolean infinity;
    private boolean float32;

    NumberDraft(Section section, String name, N standard, String type, Function<String, N> parse) {
        super(section, name, standard, null);
        this.type = type;
        this.parse = parse;
    }

    /** Bounds are inclusive. */
    public NumberDraft<N> between(N min, N max) {
        return atLeast(min).atMost(max);
    }

    public NumberDraft<N> atLeast(N min) {
        low = min;
        lowIncluded = true;
        return this;
    }

    public NumberDraft<N> above(N bound) {
        low = bound;
        lowIncluded = false;
        return this;
    }

    public NumberDraft<N> atMost(N max) {
        high = max;
        highIncluded = true;
        return this;
    }

    public NumberDraft<N> below(N bound) {
        high = bound;
        highIncluded = false;
        return this;
    }

    /** Also admits positive infinity. */
    public NumberDraft<N> orInfinity() {
        infinity = true;
        return this;
    }

    /** The value is used in single precision: it must not overflow there or, if 0 is excluded, underflow to 0. */
    public NumberDraft<N> inFloat32() {
        float32 = true;
        return this;
    }

    @Override
    Kind<N> kind() {
        String range = range();
        String noun = type.equals("double") ? (range.isEmpty() ? "a finite number" : "a number") : "a whole number";
        String values = range.isEmpty() && type.equals("double") ? "any finite number" : range.replaceFirst("^of ", "");
        return new Kind<>(type, range.isEmpty() ? noun : noun + " " + range, values, this::read, Object::toString);
    }

    private N read(String text) {
        N value = parse.apply(text);
        if (!contains(value)) {
            throw new IllegalArgumentException();
        }
        return value;
    }

    /** NaN is never in range. */
    private boolean contains(N value) {
        double number = value.doubleValue();
        if (number == Double.POSITIVE_INFINITY) {
            return infinity;
        }
        boolean lowest = low == null || (lowIncluded ? value.compareTo(low) >= 0 : value.compareTo(low) > 0);
        boolean highest = high == null || (highIncluded ? value.compareTo(high) <= 0 : value.compareTo(high) < 0);
        return Double.isFinite(number) && lowest && highest && (!float32 || surviveFloat32(number));
    }

    private boolean surviveFloat32(double number) {
        return Float.isFinite((float) number) && (low == null || lowIncluded || (float) number > low.floatValue());
    }

    private String range() {
        List<String> parts = new ArrayList<>();
        if (low != null && high != null && lowIncluded && highIncluded) {
            parts.add("from " + text(low) + " to " + text(high));
        } else {
            if (low != null) {
                parts.add((lowIncluded ? "of at least " : "above ") + text(low));
            }
            if (high != null) {
                parts.add((highIncluded ? "at most " : "below ") + text(high));
            }
        }
        if (float32) {
            parts.add("in float32");
        }
        return String.join(", ", parts) + (infinity ? ", or Infinity" : "");
    }

    private static String text(Number bound) {
        double size = Math.abs(bound.doubleValue());
        return size == 0 || (size >= 1e-3 && size < 1e7)
                ? new BigDecimal(bound.toString()).stripTrailingZeros().toPlainString()
                : bound.toString();
    }
}
