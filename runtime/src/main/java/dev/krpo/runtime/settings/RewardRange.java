package dev.krpo.runtime.settings;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/**
 * The rewards there are. The topology maps them to [0, 1] for its estimators; whoever reads beliefs from {@code baselines} can do the same.
 *
 * @param lowest reward, in units of reward
 * @param highest reward, in units of reward, above {@code lowest}
 */
public record RewardRange(double lowest, double highest) {

    private static final String KEY = "estimator.rewardRange";

    /** Above this, squares of rewards lose the differences between them. */
    private static final double LARGEST = 1e6;

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    KEY,
                    Type.LIST,
                    List.of("0", "1"),
                    RewardRange::check,
                    Importance.HIGH,
                    "Lowest and highest reward there is, for krpo, spo and mapo, which map it to [0, 1]: variances, noises, priorMean and mapo's"
                            + " epsilon are in that unit, whatever the rewards are. A reward outside is rejected as reward-out-of-range."
                            + " worker.overlongTokens lowers rewards by up to 1: use [-1, 1] for right-or-wrong rewards with it."
                            + " The other estimators take any finite reward up to 1e6.");

    /** @throws ConfigException naming the setting, its value and the remedy */
    public static RewardRange of(Map<String, ?> config) {
        return parse(new Settings(config).getList(KEY));
    }

    /** Where a reward lies in the range: 0 for the lowest, 1 for the highest. */
    public double share(double reward) {
        return (reward - lowest) / (highest - lowest);
    }

    /** A variance in units of the range squared. */
    public double shareOfVariance(double variance) {
        return variance / ((highest - lowest) * (highest - lowest));
    }

    private static RewardRange parse(List<?> ends) {
        if (ends.size() != 2) {
            throw invalid(ends);
        }
        try {
            return new RewardRange(
                    Double.parseDouble(ends.get(0).toString().strip()),
                    Double.parseDouble(ends.get(1).toString().strip()));
        } catch (NumberFormatException e) {
            throw invalid(ends);
        }
    }

    private static void check(String name, Object value) {
        RewardRange range = parse((List<?>) value);
        boolean finite = Math.abs(range.lowest) <= LARGEST && Math.abs(range.highest) <= LARGEST;
        if (!finite || !(range.lowest < range.highest)) {
            throw invalid((List<?>) value);
        }
    }

    private static ConfigException invalid(List<?> value) {
        return new ConfigException(
                KEY, value, "use two numbers from -1e6 to 1e6, the lowest reward and a higher one, such as 0, 1");
    }

    private static final class Settings extends AbstractConfig {
        Settings(Map<String, ?> config) {
            super(DEFINITION, config, false);
        }
    }
}
