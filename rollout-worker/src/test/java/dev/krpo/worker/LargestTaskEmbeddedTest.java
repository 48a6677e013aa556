package dev.krpo.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of any size that a record may have. */
@Timeout(180)
class LargestTaskEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private EmbeddedBroker broker;

    @TempDir
    private Path directory;

    @BeforeEach
    void startBroker() {
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterEach
    void stopBroker() {
        broker.close();
    }

    @Test
    void shouldMakeALetterOfTheLargestTaskAndDoTheNextOne() {
        try (TestRun run = new TestRun(
                broker,
                "large",
                directory.resolve("checkpoints"),
                Map.of("kafka.max.request.size", Integer.toString(RecordLimits.MAX_BYTES)))) {
            run.publishVersion(0, 1);
            run.prompt("p1", "1+1=", "2");
            run.sendBytes(Topic.ROLLOUT_TASKS, "p1", new byte[RecordLimits.MAX_BYTES - 1_000]);
            run.sendBytes(Topic.ROLLOUT_TASKS, "p1", new byte[2 << 20]);
            run.task("p1", 1, TestRun.sampling(1, 1, 4, 1));
            RolloutWorker worker = run.startWorker(Map.of());

            await().atMost(PATIENCE)
                    .until(() -> run.rollouts().size() == 1 && run.deadLetters().size() == 2);
            List<DeadLetter> letters = run.deadLetters();
            assertThat(run.rollouts()).extracting(Rollout::getPromptId).containsExactly("p1");
            assertThat(letters).extracting(DeadLetter::getReason).containsOnly("not-single-object");
            assertThat(letters)
                    .filteredOn(letter -> letter.getValue() == null)
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.getDetail()).contains("would not fit into this letter"));
            assertThat(worker.failure()).isEmpty();
        }
    }
}
