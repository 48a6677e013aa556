package dev.krpo.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.testkit.TestBroker;
import dev.krpo.worker.publish.RolloutPublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tasks up to the maximum size of a record. */
@Timeout(180)
class LargestTaskEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldWriteALetterForTheLargestTaskAndCompleteTheNextOne() {
        try (WorkerRun run = new WorkerRun(
                BROKER.bootstrapServers(),
                "large",
                directory.resolve("checkpoints"),
                Map.of("kafka.max.request.size", Integer.toString(RecordLimits.MAX_BYTES)))) {
            run.publishVersion(0, 1);
            run.prompt("p1", "1+1=", "2");
            run.send(Topic.ROLLOUT_TASKS, "p1", new byte[RecordLimits.MAX_BYTES - 1_000]);
            run.send(Topic.ROLLOUT_TASKS, "p1", new byte[2 << 20]);
            run.task("p1", 1, WorkerRun.sampling(1, 1, 4, 1));
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

    @Test
    void shouldSendTheLargestRolloutAndNameALargerOneBeforeItIsSent() {
        try (WorkerRun run = new WorkerRun(
                        BROKER.bootstrapServers(), "rollout", directory.resolve("checkpoints"), Map.of());
                RolloutPublisher publisher = new RolloutPublisher(run.cluster())) {
            int others = RecordSerde.of(Rollout.class).encode(Rollouts.of("", 0, 1, 1)).length + "p1".length();
            // The encoded length of the text takes three bytes more than that of an empty one.
            int largest = RecordLimits.MAX_ROLLOUT_BYTES - others - 3;

            publisher.await(List.of(publisher.publish(Rollouts.of("x".repeat(largest), 0, 1, 1))));
            assertThatThrownBy(() -> publisher.publish(Rollouts.of("x".repeat(largest + 1), 0, 1, 1)))
                    .isInstanceOf(RecordTooLargeException.class)
                    .hasMessage(
                            "rollout 'default-1/0' has 15728641 bytes, more than the 15728640 allowed for a rollout;"
                                    + " lower scheduler.maxNewTokens");

            await().atMost(PATIENCE).until(() -> !run.rollouts().isEmpty());
            assertThat(run.rollouts()).singleElement().satisfies(sent -> assertThat(sent.getText())
                    .hasSize(largest));
        }
    }
}
