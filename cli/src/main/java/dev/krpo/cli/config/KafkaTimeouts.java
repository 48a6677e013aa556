package dev.krpo.cli.config;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.settings.Config;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Kafka's own client timeouts, for interactive commands. Roles wait for absent brokers much longer
 * ({@code broker.outageTimeoutMs}) and log it; an interactive command should fail fast.
 */
public final class KafkaTimeouts {

    public static final Config OWN = Config.of(
            Map.of(
                    key(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG),
                    value(ConsumerConfig.configDef(), ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG),
                    key(ProducerConfig.MAX_BLOCK_MS_CONFIG),
                    value(ProducerConfig.configDef(), ProducerConfig.MAX_BLOCK_MS_CONFIG),
                    key(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG),
                    value(ProducerConfig.configDef(), ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG)),
            "Kafka's default");

    private KafkaTimeouts() {}

    private static String key(String property) {
        return KafkaSettings.CLIENT_PREFIX + property;
    }

    private static String value(ConfigDef client, String property) {
        return client.defaultValues().get(property).toString();
    }
}
