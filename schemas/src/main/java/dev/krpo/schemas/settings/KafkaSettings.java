package dev.krpo.schemas.settings;

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
                    "How long a role keeps trying to reach the brokers at start before it gives up, milliseconds.");

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

    /** The client properties with {@code overrides} on top. */
    public Map<String, Object> client(Map<String, ?> overrides) {
        Map<String, Object> merged = new HashMap<>(clientProperties);
        merged.putAll(overrides);
        return merged;
    }

    public String bootstrapServers() {
        return getString(BOOTSTRAP_SERVERS);
    }

    public long connectTimeoutMs() {
        return getLong(CONNECT_TIMEOUT_MS);
    }
}
