package dev.krpo.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EmbeddedBrokerEmbeddedTest {

    @Test
    void shouldKeepCommittedRecordsAcrossARestart(@TempDir Path directory) throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            createTopic(broker);
            send(broker, Map.of("transactional.id", "t"), "first");
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            send(broker, Map.of(), "second");
            assertThat(read(broker)).containsExactly("first", "second");
        }
    }

    @Test
    void shouldServeAShareGroupWithExplicitAcknowledgement() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.startEphemeral()) {
            createTopic(broker);
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
                Collection<AlterConfigOp> earliest = List.of(new AlterConfigOp(
                        new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET));
                admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "g"), earliest))
                        .all()
                        .get();
            }
            send(broker, Map.of(), "task");
            try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    "group.id",
                    "g",
                    "share.acknowledgement.mode",
                    "explicit",
                    "key.deserializer",
                    StringDeserializer.class,
                    "value.deserializer",
                    StringDeserializer.class))) {
                consumer.subscribe(List.of("topic"));
                List<String> taken = new ArrayList<>();
                while (taken.isEmpty()) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                        taken.add(record.value());
                        consumer.acknowledge(record);
                    }
                }
                assertThat(consumer.commitSync().values()).allMatch(java.util.Optional::isEmpty);
                assertThat(taken).containsExactly("task");
            }
        }
    }

    private static void createTopic(EmbeddedBroker broker) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("topic", 1, (short) 1)))
                    .all()
                    .get();
        }
    }

    private static void send(EmbeddedBroker broker, Map<String, Object> overrides, String value) throws Exception {
        Map<String, Object> config = new java.util.HashMap<>(overrides);
        config.put("bootstrap.servers", broker.bootstrapServers());
        config.put("key.serializer", StringSerializer.class);
        config.put("value.serializer", StringSerializer.class);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
            boolean transactional = overrides.containsKey("transactional.id");
            if (transactional) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            Future<RecordMetadata> sent = producer.send(new ProducerRecord<>("topic", "key", value));
            if (transactional) {
                producer.commitTransaction();
            }
            sent.get();
        }
    }

    private static List<String> read(EmbeddedBroker broker) {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed",
                "key.deserializer",
                StringDeserializer.class,
                "value.deserializer",
                StringDeserializer.class))) {
            TopicPartition partition = new TopicPartition("topic", 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<String> values = new ArrayList<>();
            while (values.size() < 2) {
                consumer.poll(Duration.ofSeconds(1)).forEach(record -> values.add(record.value()));
            }
            return values;
        }
    }
}
