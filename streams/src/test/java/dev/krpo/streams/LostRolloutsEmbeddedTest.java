package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Rollout;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests retention deleting rollouts while no topology is reading them. */
@Timeout(180)
class LostRolloutsEmbeddedTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static EmbeddedBroker broker;

    @TempDir
    private Path stateDir;

    @BeforeAll
    static void startBroker() {
        broker = EmbeddedBroker.startEphemeral();
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldStopAndNameTheRolloutsThatWereDeletedUnread() throws Exception {
        Run run = runThatLostRollouts("stop");
        try (StreamsApp app = new StreamsApp(Config.of(run.config))) {
            app.start();
            await().atMost(PATIENCE).until(() -> app.failure().isPresent());

            assertThat(app.failure().orElseThrow())
                    .isInstanceOf(LostRecordsException.class)
                    .hasMessageContaining("offsets 10 to 14 of stop.rollouts-")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
        Map<String, String> skipping = new HashMap<>(run.config);
        skipping.put("topics.onLostRecords", "skip");
        try (StreamsApp app = new StreamsApp(Config.of(skipping))) {
            app.start();

            assertThat(run.advantages(15)).hasSize(15);
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldStopWhenTheBrokersHaveLostItsOffsets() throws Exception {
        Run run = run("forgotten");
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts(0, 10));
            run.advantages(10);
        }
        try (Admin admin = run.admin()) {
            admin.deleteConsumerGroups(List.of("forgotten-streams")).all().get();
        }

        try (StreamsApp app = new StreamsApp(Config.of(run.config))) {
            assertThatThrownBy(app::start)
                    .hasMessageContaining("forgotten.rollouts-")
                    .hasMessageContaining("offsets.retention.minutes")
                    .hasMessageContaining("topics.onLostRecords to skip");
        }
    }

    @Test
    void shouldBeginWithTheFirstRemainingRolloutWhenItHasReadNone() throws Exception {
        Run run = run("first");
        run.produce(rollouts(0, 10));
        delete(run, 4);
        try (StreamsApp app = run.startApp()) {
            assertThat(run.advantages(6)).hasSize(6);
            assertThat(app.failure()).isEmpty();
        }
    }

    /** Ten rollouts are estimated; then ten more are written and five of those deleted. */
    private Run runThatLostRollouts(String prefix) throws Exception {
        Run run = run(prefix);
        try (StreamsApp app = run.startApp()) {
            run.produce(rollouts(0, 10));
            run.advantages(10);
            assertThat(app.failure()).isEmpty();
        }
        run.produce(rollouts(10, 10));
        delete(run, 15);
        return run;
    }

    private Run run(String prefix) {
        return new Run(broker.bootstrapServers(), prefix, stateDir, Map.of()).createTopics();
    }

    private static void delete(Run run, long before) throws Exception {
        try (Admin admin = run.admin()) {
            TopicPartition partition =
                    TopicOffsets.of(admin, run.topic(Topic.ROLLOUTS), OffsetSpec.latest()).entrySet().stream()
                            .filter(end -> end.getValue() > 0)
                            .map(Map.Entry::getKey)
                            .findFirst()
                            .orElseThrow();
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                    .all()
                    .get();
        }
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
