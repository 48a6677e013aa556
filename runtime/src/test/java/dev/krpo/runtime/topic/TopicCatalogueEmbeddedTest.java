package dev.krpo.runtime.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.BrokerUnavailableException;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TopicCatalogueEmbeddedTest {

    private static EmbeddedBroker broker;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldNameEveryMissingTopicAndTheCommandThatCreatesIt() {
        try (Admin admin = BrokerConnection.await(kafka())) {
            assertThatThrownBy(() -> catalogue("missing", 2).check(admin))
                    .isInstanceOf(TopicsNotReadyException.class)
                    .hasMessageContaining("missing.prompts is missing")
                    .hasMessageContaining("missing.dead-letters is missing")
                    .hasMessageContaining("krpo topics create");
        }
    }

    @Test
    void shouldAcceptWhatItCreatedAndCreateItOnce() {
        try (Admin admin = BrokerConnection.await(kafka())) {
            TopicCatalogue catalogue = catalogue("once", 2);

            assertThat(catalogue.create(admin)).hasSize(Topic.values().length);
            assertThat(catalogue.create(admin)).isEmpty();
            assertThatCode(() -> catalogue.check(admin)).doesNotThrowAnyException();
        }
    }

    /** A leader that starts to serve between two batches accepts the second one and never the first (KAFKA-15591). */
    @Test
    void shouldCreateTopicsThatAcceptTheFirstBatchesOfAProducer() throws Exception {
        Map<String, Object> small = kafka().client(Map.of(
                "batch.size", 1, "linger.ms", 0, "delivery.timeout.ms", 30_000, "request.timeout.ms", 20_000));
        try (Admin admin = BrokerConnection.await(kafka());
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(small, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int run = 0; run < 8; run++) {
                TopicCatalogue catalogue = catalogue("leaders" + run, 4);
                catalogue.create(admin);
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int batch = 0; batch < 6; batch++) {
                    for (Topic topic : Topic.values()) {
                        for (TopicPartition partition : catalogue.topicPartitions(topic)) {
                            sent.add(producer.send(new ProducerRecord<>(
                                    partition.topic(), partition.partition(), new byte[] {1}, new byte[] {1})));
                        }
                    }
                }
                for (Future<RecordMetadata> one : sent) {
                    assertThat(one.get().hasOffset()).isTrue();
                }
            }
        }
    }

    @Test
    void shouldNameATopicWithAnotherPartitionCount() {
        try (Admin admin = BrokerConnection.await(kafka())) {
            catalogue("counts", 2).create(admin);

            assertThatThrownBy(() -> catalogue("counts", 3).check(admin))
                    .hasMessageContaining("counts.rollouts has 2 partitions, expected 3")
                    .hasMessageContaining("topics.partitions");
        }
    }

    @Test
    void shouldGiveTasksOnePartitionRegardlessOfTheOtherTopics() {
        try (Admin admin = BrokerConnection.await(kafka())) {
            TopicCatalogue catalogue = catalogue("shared", 3);
            catalogue.create(admin);

            assertThat(catalogue.partitions(Topic.ROLLOUTS)).isEqualTo(3);
            assertThat(catalogue.partitions(Topic.ROLLOUT_TASKS)).isEqualTo(1);
            Config more = config("shared", 3).with(TopicSettings.TASK_PARTITIONS, 2);
            assertThatThrownBy(() -> new TopicCatalogue(more).check(admin))
                    .hasMessageContaining("shared.rollout-tasks has 1 partitions, expected 2 (topics.taskPartitions)");
        }
    }

    @Test
    void shouldUseTheBrokersTimeForProducersWithAWrongClock() throws Exception {
        TopicCatalogue catalogue = catalogue("clock", 1);
        try (Admin admin = BrokerConnection.await(kafka())) {
            catalogue.create(admin);
        }
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(kafka().client(Map.of()), new StringSerializer(), new ByteArraySerializer())) {
            for (Topic topic : Topic.values()) {
                for (int hours : new int[] {-10, 10}) {
                    long wrong =
                            System.currentTimeMillis() + Duration.ofHours(hours).toMillis();
                    long taken = producer.send(
                                    new ProducerRecord<>(catalogue.name(topic), 0, wrong, "key", new byte[1]))
                            .get()
                            .timestamp();

                    assertThat(Math.abs(taken - wrong))
                            .as("%s, %d hours", topic, hours)
                            .isGreaterThan(Duration.ofHours(9).toMillis());
                }
            }
        }
    }

    @Test
    void shouldKeepForeverWhatARestartNeedsAndRequireAllReplicasButOneToAcknowledge() throws Exception {
        TopicCatalogue catalogue = catalogue("kept", 1);
        try (Admin admin = BrokerConnection.await(kafka())) {
            catalogue.create(admin);

            for (Topic topic : Topic.values()) {
                org.apache.kafka.clients.admin.Config config = config(admin, catalogue.name(topic));
                assertThat(config.get("max.message.bytes").value()).isEqualTo("16777216");
                assertThat(config.get("min.insync.replicas"))
                        .extracting(ConfigEntry::value, ConfigEntry::source)
                        .containsExactly("1", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
                if (topic.keptForever()) {
                    assertThat(config.get("retention.ms").value()).isEqualTo("-1");
                    assertThat(config.get("retention.bytes").value()).isEqualTo("-1");
                }
            }
            assertThat(Topic.values())
                    .filteredOn(Topic::keptForever)
                    .containsExactly(Topic.POLICY_VERSIONS, Topic.TRAINING_STEPS);
            assertThat(catalogue.repair(admin)).isEmpty();
        }
        assertThat(List.of(1, 2, 3, 5))
                .extracting(TopicRepair::minInsyncReplicas)
                .containsExactly(1, 1, 2, 4);
    }

    @Test
    void shouldRepairTheTopicsOfEarlierBuildsAndReportTheChanges() throws Exception {
        TopicCatalogue catalogue = catalogue("earlier", 1);
        try (Admin admin = BrokerConnection.await(kafka())) {
            catalogue.create(admin);
            Map<ConfigResource, Collection<AlterConfigOp>> earlier = new HashMap<>();
            for (Topic topic : Topic.values()) {
                earlier.put(
                        new ConfigResource(ConfigResource.Type.TOPIC, catalogue.name(topic)),
                        List.of(
                                set("retention.ms", "604800000"),
                                set("retention.bytes", "1000000"),
                                set("max.message.bytes", "1048588"),
                                set("message.timestamp.type", "CreateTime")));
            }
            admin.incrementalAlterConfigs(earlier).all().get();
            for (Topic topic : Topic.values()) {
                await().until(() -> config(admin, catalogue.name(topic))
                        .get("retention.bytes")
                        .value()
                        .equals("1000000"));
            }

            List<String> changes = catalogue.repair(admin).stream()
                    .map(TopicRepair.Change::toString)
                    .toList();

            assertThat(changes)
                    .contains(
                            "earlier.policy-versions: retention.ms from 604800000 to -1",
                            "earlier.training-steps: retention.bytes from 1000000 to -1",
                            "earlier.rollouts: max.message.bytes from 1048588 to 16777216",
                            "earlier.dead-letters: message.timestamp.type from CreateTime to LogAppendTime")
                    .noneMatch(change -> change.startsWith("earlier.rollouts: retention"));
            await().until(() -> catalogue.repair(admin).isEmpty());
            assertThat(config(admin, "earlier.training-steps")
                            .get("retention.ms")
                            .value())
                    .isEqualTo("-1");
        }
    }

    @Test
    void shouldCreateNothingWithSettingsThatTheBrokersDoNotAllow() {
        Config settings = config("rejected", 1).with(TopicSettings.TASK_LOCK_MS, 60_001);
        try (Admin admin = BrokerConnection.await(kafka())) {
            assertThatThrownBy(() -> new TopicCatalogue(settings).create(admin))
                    .isInstanceOf(InvalidSettingException.class)
                    .hasMessageContaining("topics.taskLockMs is '60001'; the brokers allow")
                    .hasMessageContaining("to 60000 (group.share.max.record.lock.duration.ms)");
            assertThatThrownBy(() -> new TopicCatalogue(settings).check(admin))
                    .hasMessageContaining("rejected.prompts is missing");
        }
    }

    private static org.apache.kafka.clients.admin.Config config(Admin admin, String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    @Test
    void shouldGiveUpOnAnAbsentBrokerAndNameItsAddress() throws IOException {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        KafkaSettings unreachable = new KafkaSettings(Config.defaults()
                .with(KafkaSettings.BOOTSTRAP_SERVERS, "localhost:" + closedPort)
                .with(KafkaSettings.CONNECT_TIMEOUT_MS, 100L));

        assertThatThrownBy(() -> BrokerConnection.await(unreachable))
                .isInstanceOf(BrokerUnavailableException.class)
                .hasMessageContaining("localhost:" + closedPort)
                .hasMessageContaining("broker.connectTimeoutMs");
    }

    @Test
    void shouldKeepTheNewestValueOfEachKeyAndSkipWhatItCannotRead() throws Exception {
        TopicCatalogue catalogue = catalogue("table", 2);
        try (Admin admin = BrokerConnection.await(kafka())) {
            catalogue.create(admin);
        }
        String topic = catalogue.name(Topic.PROMPTS);
        RecordSerde<Prompt> serde = RecordSerde.of(Prompt.class);
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                        kafka().client(Map.of()), new StringSerializer(), new ByteArraySerializer());
                KafkaTable<Prompt> table = new KafkaTable<>(kafka(), topic, serde)) {
            for (byte[] value : List.of(
                    serde.encode(new Prompt("a", "1+1=", "2", "d", Map.of())),
                    serde.encode(new Prompt("a", "1+2=", "3", "d", Map.of())),
                    new byte[] {1})) {
                producer.send(new ProducerRecord<>(topic, "a", value)).get();
            }
            table.catchUp(Duration.ofSeconds(30));
            assertThat(table.get("a")).map(Prompt::getAnswer).contains("3");

            producer.send(new ProducerRecord<>(topic, "a", null)).get();
            table.catchUp(Duration.ofSeconds(30));
            assertThat(table.entries()).isEmpty();
        }
    }

    private static KafkaSettings kafka() {
        return new KafkaSettings(Config.defaults().with(KafkaSettings.BOOTSTRAP_SERVERS, broker.bootstrapServers()));
    }

    private static TopicCatalogue catalogue(String prefix, int partitions) {
        return new TopicCatalogue(config(prefix, partitions));
    }

    private static Config config(String prefix, int partitions) {
        return Config.defaults().with(TopicSettings.PREFIX, prefix).with(TopicSettings.PARTITIONS, partitions);
    }
}
