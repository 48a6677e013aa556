package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.schedule.InFlightBudget;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class MissingSamplesEmbeddedTest {

    private static final int MAX_NEW_TOKENS = 6;

    @TempDir
    private Path directory;

    @Test
    void shouldExcludeOnlyPromptsThatAreTooLongForItsOwnTasksAndReleaseTheDemandOfEachLetter() throws Exception {
        InFlightBudget demand = new InFlightBudget(10, 3_600_000, 0, 0);
        List<String> excluded = new CopyOnWriteArrayList<>();
        try (EmbeddedBroker broker = EmbeddedBroker.startEphemeral();
                TrainerRun log = new TrainerRun(broker.bootstrapServers(), "missing", directory)) {
            TrainerSettings settings =
                    new TrainerSettings(log.config("scheduler.maxNewTokens", Integer.toString(MAX_NEW_TOKENS)));
            MissingSamples missing = new MissingSamples(settings, demand, (prompt, why) -> excluded.add(prompt));
            Thread thread = new Thread(missing, "missing");
            thread.start();
            try {
                send(log, demand, "foreign", "prompt-too-long", task("foreign", MAX_NEW_TOKENS + 1));
                send(log, demand, "no-task", "prompt-too-long", new byte[] {1, 2, 3});
                send(log, demand, "empty", "prompt-empty", task("empty", MAX_NEW_TOKENS + 1));
                send(log, demand, "long", "prompt-too-long", task("long", MAX_NEW_TOKENS));
                await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                    assertThat(demand.inFlight()).isZero();
                    assertThat(excluded).containsExactlyInAnyOrder("empty", "long");
                });
            } finally {
                missing.close();
                thread.join();
            }
        }
    }

    private static byte[] task(String promptId, int maxNewTokens) {
        return RecordSerde.of(RolloutTask.class)
                .encode(new RolloutTask(
                        promptId,
                        0L,
                        promptId,
                        "default",
                        1,
                        new SamplingParameters(1.0, 1.0, maxNewTokens, 0L),
                        0L,
                        0L));
    }

    /** Sends the letter as if for an issued task with one sample. */
    private static void send(TrainerRun log, InFlightBudget demand, String taskId, String reason, byte[] value) {
        demand.issued(taskId, 1, 0);
        DeadLetter letter = new DeadLetter(
                log.name(Topic.ROLLOUT_TASKS),
                0,
                0L,
                null,
                ByteBuffer.wrap(value),
                reason,
                "rejected by a test",
                "rollout-worker",
                0L,
                taskId,
                1);
        log.send(Topic.DEAD_LETTERS, taskId, letter);
    }
}
