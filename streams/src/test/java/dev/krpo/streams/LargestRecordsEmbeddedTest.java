package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicRepair;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Sends records of the maximum size through every step of the topology. */
@Timeout(180)
class LargestRecordsEmbeddedTest {

    private static final int NEARLY_ALL = RecordLimits.MAX_ROLLOUT_BYTES - 1_000;

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path stateDir;

    @Test
    void shouldEstimateAGroupOfTheLargestRollouts() throws Exception {
        TopologyRun run = run("largest", Map.of("estimator.name", "grpo")).createTopics();
        try (StreamsApp app = run.startApp()) {
            for (int index = 0; index < 2; index++) {
                Rollout rollout = Rollouts.member("p1", "g1", 2, index, index)
                        .setText("x".repeat(NEARLY_ALL))
                        .build();
                run.send(Topic.ROLLOUTS, "p1", rollout);
            }

            assertThat(run.advantages(2))
                    .allSatisfy(
                            sample -> assertThat(sample.getRollout().getText()).hasSize(NEARLY_ALL));
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldKeepTheReasonOfARecordTooLargeForItsLetter() throws Exception {
        TopologyRun run = run("too-large", Map.of()).createTopics();
        try (StreamsApp app = run.startApp()) {
            run.send(Topic.ROLLOUTS, "p1", new byte[RecordLimits.MAX_BYTES - 1_000]);
            run.send(Topic.ROLLOUTS, "p1", new byte[RecordLimits.MAX_ROLLOUT_BYTES - 2]);

            List<DeadLetter> letters = run.await(Topic.DEAD_LETTERS, DeadLetter.class, 2);
            assertThat(letters).extracting(DeadLetter::getReason).containsExactly("too-large", "not-single-object");
            assertThat(letters.get(0).getValue()).isNull();
            assertThat(letters.get(0).getDetail()).contains("would not fit into this letter");
            assertThat(letters.get(1).getValue().remaining()).isEqualTo(RecordLimits.MAX_ROLLOUT_BYTES - 2);
            assertThat(app.failure()).isEmpty();
        }
    }

    @Test
    void shouldRepairTheChangelogsOfAnEarlierBuild() throws Exception {
        String changelog = "krpo-streams-group-members-changelog";
        try (Admin admin = run("krpo", Map.of()).cluster().admin()) {
            admin.createTopics(
                            List.of(new NewTopic(changelog, 2, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
            TopicRepair repair = Changelogs.repair(admin, "krpo-streams");

            assertThat(repair.changes())
                    .extracting(TopicRepair.Change::toString)
                    .contains(changelog + ": max.message.bytes from 1048588 to " + RecordLimits.MAX_BYTES);
            repair.apply();
            // The controller has changed them; a broker answers from its own copy, which follows.
            await().untilAsserted(() -> assertThat(
                            Changelogs.repair(admin, "krpo-streams").changes())
                    .isEmpty());
        }
    }

    private TopologyRun run(String prefix, Map<String, String> more) {
        TopologyRun run = TopologyRun.of(BROKER, prefix, stateDir);
        run.set(more);
        return run;
    }
}
