package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.streams.reestimate.Reestimation;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests which versions the topology accepts as announced, with the real topic. */
public class PolicyVersionsEmbeddedTest {

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    Path stateDir;

    @Test
    void shouldAcceptAVersionImmediatelyOnceAnnouncedAndNeverBefore() {
        TopologyRun run = run("announced").createTopics();
        run.announce("default", 0);
        try (StreamsApp app = run.startApp()) {
            for (long version = 0; version < 5; version++) {
                run.produce(
                        List.of(rollout("ok", version), rollout("early", version + 1), rollout("absurd", 1L << 62)));
                // Dead letters show that the topology has decided.
                run.await(Topic.DEAD_LETTERS, DeadLetter.class, (int) (2 * version + 2));
                run.announce("default", version + 1);
            }

            assertThat(run.advantages(5))
                    .extracting(sample -> sample.getRollout().getTaskId())
                    .allMatch(task -> task.startsWith("ok"));
            assertThat(run.read(Topic.DEAD_LETTERS, DeadLetter.class))
                    .hasSize(10)
                    .extracting(DeadLetter::getReason)
                    .containsOnly("version-not-announced");
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldAcceptAnyVersionOfAPolicyThatAnnouncesNothing() {
        TopologyRun run = run("elsewhere").createTopics();
        run.announce("another", 3);
        try (StreamsApp app = run.startApp()) {
            run.produce(List.of(rollout("a", 12), rollout("b", 1_700_000_000_000L)));

            assertThat(run.advantages(2)).hasSize(2);
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldCompareAnEstimatorReplayWithTheVersionsOfTheRunItReplays() throws InterruptedException {
        TopologyRun run = run("original").createTopics();
        run.announce("default", 7);
        run.produce(List.of(rollout("a", 7), rollout("b", 8)));

        new Reestimation(run.config(), "original-again").run((done, total) -> {});

        TopologyRun again = run("original-again");
        assertThat(again.read(Topic.ADVANTAGES, AdvantageSample.class)).hasSize(1);
        assertThat(again.read(Topic.DEAD_LETTERS, DeadLetter.class))
                .singleElement()
                .satisfies(letter -> assertThat(letter.getDetail()).contains("original.policy-versions is 7"));
    }

    private static Rollout rollout(String task, long version) {
        return Rollouts.single("p1", task + version, 1, version);
    }

    private TopologyRun run(String prefix) {
        return TopologyRun.of(BROKER, prefix, stateDir);
    }
}
