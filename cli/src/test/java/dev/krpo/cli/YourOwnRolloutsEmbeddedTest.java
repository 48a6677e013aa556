package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the Python program of docs/use/your-engine.md as a reader would. */
class YourOwnRolloutsEmbeddedTest {

    private static final Path PAGE = Path.of("..", "docs", "use", "your-engine.md");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int PARTITIONS = 4;

    @TempDir
    private Path directory;

    private Map<String, String> config;

    @Test
    void shouldEstimateTheRolloutsOfThePythonProgram() throws Exception {
        Python python = Python.with("fastavro", "confluent_kafka");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"))) {
            config = Map.of(
                    "kafka.bootstrap.servers", broker.bootstrapServers(),
                    "topics.prefix", "outside",
                    "topics.partitions", Integer.toString(PARTITIONS),
                    "streams.stateDir", directory.resolve("state").toString());
            assertThat(Cli.run(
                                    "topics",
                                    "create",
                                    "--bootstrap-servers",
                                    broker.bootstrapServers(),
                                    "--set",
                                    "topics.prefix=outside",
                                    "--set",
                                    "topics.partitions=" + PARTITIONS)
                            .exitCode())
                    .isZero();
            for (long version = 0; version <= 3; version++) {
                announce("default", version);
            }
            try (StreamsApp topology = new StreamsApp(Config.of(config))) {
                topology.start();

                Python.Result run = python.run(program().toString(), broker.bootstrapServers(), "outside", "default");
                assertThat(run.output()).contains("wrote 2 rollouts of version 3");

                await().atMost(LIMIT).untilAsserted(() -> {
                    assertThat(read("dead-letters", DeadLetter.class)).isEmpty();
                    assertThat(read("advantages", AdvantageSample.class))
                            .extracting(sample -> sample.getRollout().getPromptId())
                            .containsExactlyInAnyOrder("12+49=", "25+87=");
                });
                assertThatEachLiesWhereTheJavaClientsPutItsKey();
            }
        }
    }

    private Path program() throws Exception {
        Matcher block = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        assertThat(block.find()).isTrue();
        return Files.writeString(directory.resolve("your_rollouts.py"), block.group(1));
    }

    private void assertThatEachLiesWhereTheJavaClientsPutItsKey() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        CommittedRecords.read(new KafkaSettings(Config.of(config)), "outside.rollouts", LIMIT, records::add);
        assertThat(records).hasSize(2).allSatisfy(record -> {
            Rollout rollout = RecordSerde.of(Rollout.class).decode(record.value());
            byte[] key = rollout.getPromptId().getBytes(StandardCharsets.UTF_8);
            assertThat(record.key()).isEqualTo(key);
            assertThat(record.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(key)) % PARTITIONS);
            assertThat(rollout.getVersionRuns().get(0).getPolicyVersion()).isEqualTo(3);
        });
    }

    private void announce(String policy, long version) throws Exception {
        PolicyVersion announced = new PolicyVersion(policy, version, "v" + version, "0", 1L, 0L);
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                new KafkaSettings(Config.of(config)).client(Map.of()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            "outside.policy-versions",
                            policy,
                            RecordSerde.of(PolicyVersion.class).encode(announced)))
                    .get();
        }
    }

    private <T extends SpecificRecordBase> List<T> read(String topic, Class<T> type) {
        List<T> records = new ArrayList<>();
        CommittedRecords.read(
                new KafkaSettings(Config.of(config)),
                "outside." + topic,
                LIMIT,
                record -> records.add(RecordSerde.of(type).decode(record.value())));
        return records;
    }
}
