package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.streams.StreamsApp;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    private static final long VERSIONS = 5;

    @Container
    private final KafkaContainer kafka = new KafkaContainer("apache/kafka:4.3.1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
            .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1");

    @TempDir
    private Path directory;

    @Test
    void shouldTrainSeveralVersionsFromPromptsToCheckpoints() throws Exception {
        try (ArithmeticRun run = new ArithmeticRun(kafka.getBootstrapServers(), "krpo", directory).prepare()) {
            StreamsApp streams = run.startStreams();
            RolloutWorker worker = run.startWorker();
            Trainer trainer = run.startTrainer();
            await().atMost(Duration.ofMinutes(4)).until(() -> run.newestVersion() >= VERSIONS);

            List<TrainingStep> steps = run.read(Topic.TRAINING_STEPS, TrainingStep.class);
            assertThat(steps.get(steps.size() - 1)).satisfies(step -> {
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
