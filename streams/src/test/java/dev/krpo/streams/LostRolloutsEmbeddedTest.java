package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Rollout;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Tests retention deleting rollouts while no topology is reading them. */
@Timeout(180)
class LostRolloutsEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path stateDir;

    @Test
    void shouldStopAndNameTheRolloutsThatWereDeletedUnread() throws Exception {
        TopologyRun run = runThatLostRollouts("stop");
        try (StreamsApp app = new StreamsApp(run.config())) {
            app.start();
            await().atMost(PATIENCE).until(() -> app.failure().isPresent());

            assertThat(app.failure().orElseThrow())
                    .isInstanceOf(LostRecordsException.class)
                    .hasMessageContaining("offsets 10 to 14 of stop.rollouts-")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
        try (StreamsApp app = new StreamsApp(run.config("topics.onLostRecords", "skip"))) {
            app.start();

            assertThat(run.advantages(15)).hasSize(15);
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldStopWhenTheBrokersHaveLostItsOffsets() throws Exception {
        TopologyRun run = run("forgotten");
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts(0, 10));
            run.advantages(10);
        }
        try (Admin admin = run.cluster().admin()) {
            admin.deleteConsumerGroups(List.of("forgotten-streams")).all().get();
        }

        try (StreamsApp app = new StreamsApp(run.config())) {
            assertThatThrownBy(app::start)
                    .hasMessageContaining("forgotten.rollouts-")
                    .hasMessageContaining("offsets.retention.minutes")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
    }

    @Test
    void shouldBeginWithTheFirstRemainingRolloutWhenItHasReadNone() throws Exception {
        TopologyRun run = run("first");
        run.produce(rollouts(0, 10));
        delete(run, 4);
        try (StreamsApp app = run.startApp()) {
            assertThat(run.advantages(6)).hasSize(6);
            assertThat(app.failure()).isEmpty();
        }
    }

    /** Ten rollouts are estimated; then ten more are written and five of those deleted. */
    private TopologyRun runThatLostRollouts(String prefix) throws Exception {
        TopologyRun run = run(prefix);
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts(0, 10));
            run.advantages(10);
            assertThat(app.failure()).isEmpty();
        }
        run.produce(rollouts(10, 10));
        delete(run, 15);
        return run;
    }

    private TopologyRun run(String prefix) {
        return TopologyRun.of(BROKER, prefix, stateDir).createTopics();
    }

    private static void delete(TopologyRun run, long before) {
        run.delete(Topic.ROLLOUTS, run.records(Topic.ROLLOUTS).get(0).partition(), before);
    }

    /** All of the same prompt, and therefore in one partition. */
    private static List<Rollout> rollouts(int first, int count) {
        List<Rollout> rollouts = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            rollouts.add(Rollouts.single("p1", "t" + i, 1, 0));
        }
        return rollouts;
    }
}
