package dev.krpo.runtime.settings;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** How to reach the cluster. Every key under {@link #CLIENT_PREFIX} goes to each Kafka client as it is. */
public final class KafkaSettings {

    public static final String CLIENT_PREFIX = "kafka.";

    public static final Section CLUSTER = Section.of("kafka", "Cluster", "every role");
    public static final Setting<String> BOOTSTRAP_SERVERS = CLUSTER.text("bootstrap.servers", "localhost:9092")
            .doc("Addresses of the brokers, host:port, comma-separated. Any other Kafka client property may stand"
                    + " beside it under `kafka`.");

    public static final Section PATIENCE = Section.of("broker", "Absent brokers", "every role");
    public static final Setting<Long> CONNECT_TIMEOUT_MS = PATIENCE.integer("connectTimeoutMs", 60_000L)
            .atLeast(0L)
            .unit("ms")
            .doc("How long a role keeps trying to reach the brokers at start before it gives up.");
    public static final Setting<Long> OUTAGE_TIMEOUT_MS = PATIENCE.integer("outageTimeoutMs", 600_000L)
            .between(1_000L, 86_400_000L)
            .unit("ms")
            .doc("How long a running role waits for brokers that have gone away before it ends with exit code 1."
                    + " Kafka's client time-outs follow it unless they are set under `kafka`. Above 15 minutes a step"
                    + " in the middle of its transaction is taken again after a restart of the trainer.");

    /** By so much more do the clients wait, so that the role ends first and says why. */
    private static final long CLIENT_MARGIN_MS = 120_000;
    /** Brokers allow no longer transactions by default (transaction.max.timeout.ms). */
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
     * The client properties with {@code overrides} on top. Calls and sends wait somewhat longer than a role waits for
     * absent brokers.
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

    /** How long a running role waits for absent brokers. */
    public Duration outageTimeout() {
        return outageTimeout;
    }

    /** How long a call of a client may take: longer than {@link #outageTimeout()}. */
    public Duration clientTimeout() {
        return outageTimeout.plusMillis(CLIENT_MARGIN_MS);
    }

    /** How long the coordinator keeps a transaction open whose producer it does not hear. */
    public int transactionTimeoutMs() {
        return (int) Math.min(clientTimeout().toMillis(), LONGEST_TRANSACTION_MS);
    }
}
