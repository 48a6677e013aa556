package dev.krpo.runtime.settings;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** What topology and trainer take for a plausible rollout. */
public final class RolloutSettings extends AbstractConfig {

    public static final String MIN_LOG_PROB = "rollouts.minLogProb";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    MIN_LOG_PROB,
                    Type.DOUBLE,
                    -30.0,
                    RolloutSettings::checkLogProb,
                    Importance.LOW,
                    "Smallest log-probability of a drawn token that is taken for one; a rollout with a smaller one is a dead letter. A token of"
                            + " probability e^-30 is drawn once in 10^13 times, while inference servers write -9999 for \"very unlikely\".");

    public RolloutSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
    }

    /** Nats, < 0. */
    public double minLogProb() {
        return getDouble(MIN_LOG_PROB);
    }

    /** Kafka's own range lets NaN pass. */
    private static void checkLogProb(String name, Object value) {
        double logProb = (Double) value;
        if (!(logProb >= -100_000 && logProb <= -1)) {
            throw new ConfigException(name, value, "use a number from -100000 to -1");
        }
    }
}
