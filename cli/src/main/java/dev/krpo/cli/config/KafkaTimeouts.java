package dev.krpo.cli.config;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Kafka's own client time-outs, as settings that a command comes with. Roles wait for absent brokers much longer
 * ({@code broker.outageTimeoutMs}) and say so all the time; whoever waits for a command wants to hear of them soon.
 */
public final class KafkaTimeouts {

    public static final Map<String, Setting> OWN = Map.of(
            "kafka.default.api.timeout.ms",
                    own(ConsumerConfig.configDef(), ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG),
            "kafka.max.block.ms", own(ProducerConfig.configDef(), ProducerConfig.MAX_BLOCK_MS_CONFIG),
            "kafka.delivery.timeout.ms", own(ProducerConfig.configDef(), ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG));

    private KafkaTimeouts() {}

    private static Setting own(ConfigDef client, String property) {
        return new Setting(client.defaultValues().get(property).toString(), "Kafka's default");
    }
}
