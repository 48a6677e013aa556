package dev.krpo.runtime.settings;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** How to reach the cluster. Every key under {@link #CLIENT_PREFIX} is passed to each Kafka client unchanged. */
public final class KafkaSettings {

    public static final String CLIENT_PREFIX = "kafka.";

    public static final Section CLUSTER = Section.of("kafka", "Cluster", "every role");
    public static final Setting<String> BOOTSTRAP_SERVERS = CLUSTER.text("bootstrap.servers", "localhost:9092")
            .doc("Addresses of the brokers, host:port, comma-separated. Any other Kafka client property can be"
                    + " set under `kafka` too.");

    public static final Section PATIENCE = Section.of("broker", "Absent brokers", "every role");
    public static final Setting<Long> CONNECT_TIMEOUT_MS = PATIENCE.integer("connectTimeoutMs", 60_000L)
            .atLeast(0L)
            .unit("ms")
            .doc("How long a role tries to reach the brokers at start before it gives up.");
    public static final Setting<Long> OUTAGE_TIMEOUT_MS = PATIENCE.integer("outageTimeoutMs", 600_000L)
            .between(1_000L, 86_400_000L)
            .unit("ms")
            .doc("How long a running role tolerates a broker outage before it stops with exit code 1. Kafka's"
                    + " client timeouts are derived from it unless they are set under `kafka`. After an outage"
                    + " of more than 15 minutes, a step that was being committed is repeated when the"
                    + " trainer restarts.");

    /** Clients wait this much longer, so that the role stops first and reports the reason. */
    private static final long CLIENT_MARGIN_MS = 120_000;
    /** The brokers' default maximum (transaction.max.timeout.ms). */
    private static final long LONGEST_TRANSACTION_MS = 900_000;

    private final Map<String, Object> clientProperties;
    private final String bootstrapServers;
    private final long connectTimeoutMs;
    private final Duration outageTimeout;

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public KafkaSettings(Config config) {
        bootstrapServers = config.get(BOOTSTRAP_SERVERS);
        connectTimeoutMs = config.get(CONNECT_TIMEOUT_MS);
        outageTimeout = Duration.ofMillis(config.get(OUTAGE_TIMEOUT_MS));
        clientProperties = new HashMap<>(config.under(CLIENT_PREFIX));
        clientProperties.put("bootstrap.servers", bootstrapServers);
    }

    /**
     * The client properties with {@code overrides} on top. Calls and sends time out slightly later than a role's outage
     * timeout.
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
        return bootstrapServers;
    }

    public long connectTimeoutMs() {
        return connectTimeoutMs;
    }

    /** How long a running role waits for unavailable brokers. */
    public Duration outageTimeout() {
        return outageTimeout;
    }

    /** Timeout of a client call; longer than {@link #outageTimeout()}. */
    public Duration clientTimeout() {
        return outageTimeout.plusMillis(CLIENT_MARGIN_MS);
    }

    /** How long the coordinator keeps a transaction open without activity of its producer. */
    public int transactionTimeoutMs() {
        return (int) Math.min(clientTimeout().toMillis(), LONGEST_TRANSACTION_MS);
    }
}
