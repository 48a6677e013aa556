package dev.krpo.estimators;

import dev.krpo.settings.Kind;
import java.math.BigDecimal;

/**
 * The range of possible rewards. Estimators designed for rewards in [0, 1] map it there; readers of their beliefs can
 * do the same.
 *
 * @param lowest lowest possible reward, in units of reward
 * @param highest highest possible reward, in units of reward, above {@code lowest}
 */
public record RewardRange(double lowest, double highest) {

    /** Above this, squares of rewards lose the differences between them. */
    private static final double LARGEST = 1e6;

    static final Kind<RewardRange> KIND = new Kind<>(
            "range",
            "two numbers from -1e6 to 1e6, the lowest reward and a higher one, such as 0, 1",
            "two numbers from -1e6 to 1e6, the second one above the first",
            RewardRange::parse,
            range -> plain(range.lowest) + "," + plain(range.highest));

    /** Position of a reward in the range: 0 for the lowest, 1 for the highest. */
    public double share(double reward) {
        return (reward - lowest) / (highest - lowest);
    }

    /** A variance in units of the range squared. */
    public double shareOfVariance(double variance) {
        return variance / ((highest - lowest) * (highest - lowest));
    }

    private static RewardRange parse(String text) {
        String[] ends = text.split(",", -1);
        if (ends.length != 2) {
            throw new IllegalArgumentException();
        }
        RewardRange range = new RewardRange(Double.parseDouble(ends[0].strip()), Double.parseDouble(ends[1].strip()));
        boolean finite = Math.abs(range.lowest) <= LARGEST && Math.abs(range.highest) <= LARGEST;
        if (!finite || !(range.lowest < range.highest)) {
            throw new IllegalArgumentException();
        }
        return range;
    }

    private static String plain(double end) {
        return BigDecimal.valueOf(end).stripTrailingZeros().toPlainString();
    }
}
