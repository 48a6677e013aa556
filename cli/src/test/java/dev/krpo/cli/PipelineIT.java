package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.runtime.prompts.PromptLoader;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;
import org.testcontainers.kafka.KafkaContainer;

/** Runs the whole pipeline against a broker in a container. */
@Testcontainers(disabledWithoutDocker = true)
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class PipelineIT {

    private static final Path EXAMPLE = Path.of("..", "examples", "arithmetic");
    private static final long VERSIONS = 5;

    @Container
    private final KafkaContainer kafka = new KafkaContainer("apache/kafka:4.3.1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1");

    @TempDir
    private Path directory;

    @Test
    void shouldTrainSeveralVersionsFromPromptsToCheckpoints() throws Exception {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("kafka.bootstrap.servers", kafka.getBootstrapServers());
        config.put("topics.partitions", "2");
        config.put("streams.stateDir", directory.resolve("state").toString());
        config.put("policy.baseModel", EXAMPLE.resolve("base-model").toString());
        config.put("policy.checkpoints", directory.resolve("checkpoints").toString());
        config.put("policy.device", "cpu");
        config.put("scheduler.maxNewTokens", "6");
        config.put("trainer.batchSize", "64");
        TopicCatalogue topics = new TopicCatalogue(Config.of(config));
        try (Admin admin = BrokerConnection.await(new KafkaSettings(Config.of(config)))) {
            topics.create(admin);
        }
        PromptLoader.load(
                Config.of(config),
                PromptFile.readAll(EXAMPLE.resolve("train.jsonl"), PromptFormat.standard("arithmetic")));
        try (StreamsApp streams = new StreamsApp(Config.of(config));
                RolloutWorker worker = new RolloutWorker(Config.of(config));
                Trainer trainer = new Trainer(Config.of(config));
                KafkaTable<PolicyVersion> versions = new KafkaTable<>(
                        new KafkaSettings(Config.of(config)),
                        topics.name(Topic.POLICY_VERSIONS),
                        RecordSerde.of(PolicyVersion.class));
                KafkaTable<TrainingStep> steps = new KafkaTable<>(
                        new KafkaSettings(Config.of(config)),
                        topics.name(Topic.TRAINING_STEPS),
                        RecordSerde.of(TrainingStep.class))) {
            streams.start();
            worker.start();
            trainer.start();
            await().atMost(Duration.ofMinutes(4)).until(() -> {
                versions.catchUp(Duration.ofSeconds(30));
                return versions.get("default").map(PolicyVersion::getVersion).orElse(0L) >= VERSIONS;
            });
            steps.catchUp(Duration.ofSeconds(30));
            assertThat(steps.get("default")).hasValueSatisfying(step -> {
                assertThat(step.getSamples()).hasSize(64);
                assertThat(step.getRewardMean()).isBetween(0.05, 1.0);
            });
            assertThat(trainer.progress())
                    .hasValueSatisfying(
                            line -> assertThat(line).contains("policy version").contains("mean reward"));
            assertThat(worker.progress())
                    .hasValueSatisfying(
                            line -> assertThat(line).contains("rollouts").contains("tokens/s"));
            assertThat(streams.progress())
                    .hasValueSatisfying(line -> assertThat(line).endsWith(" rollouts"));
            assertThat(trainer.failure()).isEmpty();
            assertThat(worker.failure()).isEmpty();
            assertThat(streams.failure()).isEmpty();
        }
    }
}
