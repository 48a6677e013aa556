package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.streams.StreamsApp;
import dev.krpo.testkit.EmbeddedRun;
import dev.krpo.testkit.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs the Python program of docs/use/your-engine.md as a reader would. */
class YourOwnRolloutsEmbeddedTest {

    private static final Path PAGE = Path.of("..", "docs", "use", "your-engine.md");
    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int PARTITIONS = 4;

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldEstimateTheRolloutsOfThePythonProgram() throws Exception {
        Python python = Python.with("fastavro", "confluent_kafka");
        EmbeddedRun run = BROKER.run("outside")
                .set("topics.partitions", PARTITIONS)
                .set("streams.stateDir", directory.resolve("state"))
                .createTopics();
        for (long version = 0; version <= 3; version++) {
            run.announce("default", version);
        }
        run.start(new StreamsApp(run.config()));

        Python.Result program = python.run(program().toString(), BROKER.bootstrapServers(), "outside", "default");
        assertThat(program.output()).contains("wrote 2 rollouts of version 3");

        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(run.read(Topic.DEAD_LETTERS, DeadLetter.class)).isEmpty();
            assertThat(run.read(Topic.ADVANTAGES, AdvantageSample.class))
                    .extracting(sample -> sample.getRollout().getPromptId())
                    .containsExactlyInAnyOrder("12+49=", "25+87=");
        });
        assertThatEachLiesWhereTheJavaClientsPutItsKey(run.records(Topic.ROLLOUTS));
    }

    private Path program() throws Exception {
        Matcher block = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        assertThat(block.find()).isTrue();
        return Files.writeString(directory.resolve("your_rollouts.py"), block.group(1));
    }

    private static void assertThatEachLiesWhereTheJavaClientsPutItsKey(List<ConsumerRecord<byte[], byte[]>> records) {
        assertThat(records).hasSize(2).allSatisfy(record -> {
            Rollout rollout = RecordSerde.of(Rollout.class).decode(record.value());
            byte[] key = rollout.getPromptId().getBytes(StandardCharsets.UTF_8);
            assertThat(record.key()).isEqualTo(key);
            assertThat(record.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(key)) % PARTITIONS);
            assertThat(rollout.getVersionRuns().get(0).getPolicyVersion()).isEqualTo(3);
        });
    }
}
