package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.policy.family.ModelConfig;
import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.testkit.EmbeddedRun;
import dev.krpo.testkit.TestBroker;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The trainer's handling of deleted and unusable samples. */
@Timeout(180)
class SampleReaderEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    private final BlockingQueue<Sample> samples = new LinkedBlockingQueue<>();
    private DeadLetterWriter letters;

    @AfterEach
    void closeLetters() {
        letters.close(PATIENCE);
    }

    @Test
    void shouldStopAndNameTheSamplesThatWereDeletedUnread() throws Exception {
        EmbeddedRun run = run("lost");
        write(run, 10, 10);
        run.delete(Topic.ADVANTAGES, 0, 7);
        try (SampleReader reader = reader(run, Map.of(0, 3L))) {
            assertThatThrownBy(reader::run)
                    .isInstanceOf(LostRecordsException.class)
                    .hasMessageContaining("offsets 3 to 6 of lost.advantages-0")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
    }

    @Test
    void shouldContinueWithTheRemainingSamplesWhenConfigured() throws Exception {
        EmbeddedRun run = run("skipped").set("topics.onLostRecords", "skip");
        write(run, 10, 10);
        run.delete(Topic.ADVANTAGES, 0, 7);
        reading(reader(run, Map.of(0, 3L)), () -> await().atMost(PATIENCE).untilAsserted(() -> assertThat(samples)
                .extracting(sample -> sample.record().offset())
                .containsExactly(7L, 8L, 9L)));
    }

    @Test
    void shouldWriteALetterForARecordOfAnySize() throws Exception {
        EmbeddedRun run = run("large");
        List<Integer> sizes = List.of(2 << 20, RecordLimits.MAX_BYTES - 1_000);
        for (int size : sizes) {
            write(run, 1, size);
        }
        reading(reader(run, Map.of()), () -> {
            List<DeadLetter> letters = run.await(Topic.DEAD_LETTERS, DeadLetter.class, 2);
            assertThat(letters.get(0).getValue().remaining()).isEqualTo(sizes.get(0));
            assertThat(letters.get(1).getValue()).isNull();
            assertThat(letters.get(1).getDetail()).contains("would not fit into this letter");
        });
    }

    private SampleReader reader(EmbeddedRun run, Map<Integer, Long> nextOffsets) {
        SampleRules rules = new SampleRules(
                new ModelConfig(16, 16, 24, 1, 2, 1, 32, 1e-5, 10_000, true, 0.2), new BehaviourRules(-30));
        TrainerSettings settings = new TrainerSettings(run.config());
        letters = new DeadLetterWriter(settings);
        return new SampleReader(settings, samples, nextOffsets, rules, letters);
    }

    private static void reading(SampleReader reader, Runnable check) throws InterruptedException {
        Thread thread = new Thread(reader, "reader");
        thread.start();
        try {
            check.run();
        } finally {
            reader.close();
            thread.join(PATIENCE.toMillis());
        }
    }

    private static EmbeddedRun run(String prefix) {
        return BROKER.run(prefix).set("topics.partitions", 1).createTopics();
    }

    /** Records that are not samples. */
    private static void write(EmbeddedRun run, int count, int bytes) {
        for (int i = 0; i < count; i++) {
            run.send(Topic.ADVANTAGES, "key", new byte[bytes]);
        }
        run.flush();
    }
}
