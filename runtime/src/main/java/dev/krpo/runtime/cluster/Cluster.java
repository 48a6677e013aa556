package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.Config;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The brokers and the topics of one run, and the clients that read and write its records as bytes. */
public record Cluster(KafkaSettings kafka, TopicCatalogue topics) {

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public static Cluster of(Config config) {
        return new Cluster(new KafkaSettings(config), new TopicCatalogue(config));
    }

    public String name(Topic topic) {
        return topics.name(topic);
    }

    /**
     * Waits for the brokers.
     *
     * @return an admin client of a cluster that has answered; the caller closes it
     * @throws BrokerUnavailableException after {@code broker.connectTimeoutMs}
     */
    public Admin connect() {
        return BrokerConnection.await(kafka);
    }

    /**
     * Waits for the brokers and compares their topics with the settings.
     *
     * @throws BrokerUnavailableException after {@code broker.connectTimeoutMs}
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing or has another partition count
     */
    public void check() {
        try (Admin admin = connect()) {
            topics.check(admin);
        }
    }

    /**
     * As {@link #check}, for those who only read: they take the partitions that are there.
     *
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing
     */
    public void checkExistence() {
        try (Admin admin = connect()) {
            topics.checkExistence(admin);
        }
    }

    /** Does not wait for the brokers; the caller closes it. */
    public Admin admin() {
        return Admin.create(kafka.client(Map.of()));
    }

    /** A consumer of committed records that commits nothing by itself; the caller closes it. */
    public KafkaConsumer<byte[], byte[]> consumer() {
        return consumer(Map.of());
    }

    /** @param overrides client properties on top of those of {@link #consumer()} */
    public KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> overrides) {
        return CommittedRecords.consumer(kafka, overrides);
    }

    /**
     * A producer of records up to the largest that a topic takes, each acknowledged by all in-sync replicas; the caller
     * closes it.
     *
     * @param overrides further client properties
     */
    public KafkaProducer<byte[], byte[]> producer(Map<String, ?> overrides) {
        Map<String, Object> properties =
                new HashMap<>(Map.of("acks", "all", "max.request.size", RecordLimits.MAX_BYTES));
        properties.putAll(overrides);
        return new KafkaProducer<>(kafka.client(properties), new ByteArraySerializer(), new ByteArraySerializer());
    }
}
