package dev.krpo.runtime.settings;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/** How to reach the cluster. Every key under {@code kafka.} goes to each Kafka client as it is. */
public final class KafkaSettings extends AbstractConfig {

    private static final String CLIENT_PREFIX = "kafka.";
    private static final String BOOTSTRAP_SERVERS = "kafka.bootstrap.servers";
    private static final String CONNECT_TIMEOUT_MS = "broker.connectTimeoutMs";
    private static final String OUTAGE_TIMEOUT_MS = "broker.outageTimeoutMs";

    /** By so much more do the clients wait, so that the role ends first and says why. */
    private static final long CLIENT_MARGIN_MS = 120_000;
    /** Brokers allow no longer transactions by default (transaction.max.timeout.ms). */
    private static final long LONGEST_TRANSACTION_MS = 900_000;

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    BOOTSTRAP_SERVERS,
                    Type.STRING,
                    "localhost:9092",
                    new ConfigDef.NonEmptyString(),
                    Importance.HIGH,
                    "Addresses of the brokers, host:port, comma-separated. Any other Kafka client property may stand beside it under kafka.")
            .define(
                    CONNECT_TIMEOUT_MS,
                    Type.LONG,
                    60_000L,
                    ConfigDef.Range.atLeast(0),
                    Importance.MEDIUM,
                    "How long a role keeps trying to reach the brokers at start before it gives up, milliseconds.")
            .define(
                    OUTAGE_TIMEOUT_MS,
                    Type.LONG,
                    600_000L,
                    ConfigDef.Range.between(1_000, 86_400_000),
                    Importance.MEDIUM,
                    "How long a running role waits for brokers that have gone away before it ends with exit code 1, milliseconds. Kafka's"
                            + " client time-outs follow it unless they are set under kafka. Above 15 minutes a step in the middle of its"
                            + " transaction is taken again after a restart of the trainer.");

    private final Map<String, Object> clientProperties;

    public KafkaSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        clientProperties = new HashMap<>();
        config.forEach((key, value) -> {
            if (key.startsWith(CLIENT_PREFIX)) {
                clientProperties.put(key.substring(CLIENT_PREFIX.length()), value);
            }
        });
        clientProperties.put("bootstrap.servers", getString(BOOTSTRAP_SERVERS));
    }

    /**
     * The client properties with {@code overrides} on top. Calls and sends wait somewhat longer than a role waits for absent brokers.
     */
    public Map<String, Object> client(Map<String, ?> overrides) {
        int waitMs = Math.toIntExact(clientTimeout().toMillis());
        Map<String, Object> merged = new HashMap<>();
        merged.put("default.api.timeout.ms", waitMs);
        merged.put("max.block.ms", (long) waitMs);
        merged.put("delivery.timeout.ms", waitMs);
        merged.putAll(clientProperties);
        merged.putAll(overrides);
        return merged;
    }

    public String bootstrapServers() {
        return getString(BOOTSTRAP_SERVERS);
    }

    public long connectTimeoutMs() {
        return getLong(CONNECT_TIMEOUT_MS);
    }

    /** How long a running role waits for absent brokers. */
    public Duration outageTimeout() {
        return Duration.ofMillis(getLong(OUTAGE_TIMEOUT_MS));
    }

    /** How long a call of a client may take: longer than {@link #outageTimeout()}. */
    public Duration clientTimeout() {
        return outageTimeout().plusMillis(CLIENT_MARGIN_MS);
    }

    /** How long the coordinator keeps a transaction open whose producer it does not hear. */
    public int transactionTimeoutMs() {
        return (int) Math.min(clientTimeout().toMillis(), LONGEST_TRANSACTION_MS);
    }
}
