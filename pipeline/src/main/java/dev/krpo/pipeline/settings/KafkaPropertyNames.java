package dev.krpo.pipeline.settings;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.NearestName;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys under {@code kafka.} that Kafka's clients know. An unknown key only causes a warning: interceptors, login
 * modules and serializers read keys of their own.
 */
public final class KafkaPropertyNames {

    private static final Logger LOG = LoggerFactory.getLogger(KafkaPropertyNames.class);
    private static final Pattern STREAMS_PREFIX =
            Pattern.compile("^(main\\.consumer|restore\\.consumer|global\\.consumer|consumer|producer|admin|topic)\\.");

    private static final List<ConfigDef> CLIENTS = List.of(
            AdminClientConfig.configDef(),
            ConsumerConfig.configDef(),
            ProducerConfig.configDef(),
            StreamsConfig.configDef());

    private KafkaPropertyNames() {}

    /** True if a client treats the value of the key as a password. */
    static boolean isPassword(String key) {
        String property = property(key);
        return CLIENTS.stream()
                .map(client -> client.configKeys().get(property))
                .anyMatch(known -> known != null && known.type == ConfigDef.Type.PASSWORD);
    }

    /** The name of the property without the prefix that names one of the clients of Kafka Streams. */
    private static String property(String key) {
        return STREAMS_PREFIX
                .matcher(key.substring(KafkaSettings.CLIENT_PREFIX.length()))
                .replaceFirst("");
    }

    public static void warnAboutUnknown(Config config) {
        List<String> passedThrough = config.given().keySet().stream()
                .filter(Settings.ALL::isPassedThrough)
                .toList();
        if (passedThrough.isEmpty()) {
            return;
        }
        Set<String> known = new TreeSet<>();
        CLIENTS.forEach(client -> known.addAll(client.names()));
        for (String key : passedThrough) {
            String property = property(key);
            if (!known.contains(property)) {
                LOG.warn(
                        "{}: no Kafka client has a property {}{}",
                        key,
                        property,
                        NearestName.of(property, known)
                                .map(nearest -> "; did you mean " + nearest + "?")
                                .orElse(""));
            }
        }
    }
}
