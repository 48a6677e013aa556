package dev.krpo.cli.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns of keys under {@code kafka.} that no Kafka client knows. Only a warning: interceptors, login modules and
 * serializers read keys of their own.
 */
final class KafkaPropertyNames {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaPropertyNames.class);
    private static final Pattern STREAMS_PREFIX =
            Pattern.compile("^(main\\.consumer|restore\\.consumer|global\\.consumer|consumer|producer|admin|topic)\\.");

    private KafkaPropertyNames() {}

    static void warnAboutUnknown(Map<String, String> config) {
        if (config.keySet().stream().noneMatch(Settings::isKafkaProperty)) {
            return;
        }
        Set<String> known = new TreeSet<>(AdminClientConfig.configNames());
        known.addAll(ConsumerConfig.configNames());
        known.addAll(ProducerConfig.configNames());
        known.addAll(StreamsConfig.configDef().names());
        for (String key : config.keySet()) {
            if (!Settings.isKafkaProperty(key)) {
                continue;
            }
            String property =
                    STREAMS_PREFIX.matcher(Settings.kafkaProperty(key)).replaceFirst("");
            if (!known.contains(property)) {
                LOG.warn(
                        "{}: no Kafka client has the property {}{}",
                        key,
                        property,
                        NearestName.of(property, known)
                                .map(nearest -> "; did you mean " + nearest + "?")
                                .orElse(""));
            }
        }
    }
}
