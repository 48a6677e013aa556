package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.testkit.TestBroker;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The trainer's reading of the log before it starts. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class StartingPointEmbeddedTest {

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    private TrainerRun log;

    @BeforeEach
    void createTopics() {
        log = BROKER.closing(new TrainerRun(BROKER.bootstrapServers(), BROKER.test(), directory));
    }

    @Test
    void shouldReadNoMoreRecordsOfALogThatIsAHundredTimesLonger() {
        int tasks = 2_000;
        int versions = 400;
        write(0, tasks, versions);
        StartingPoint early = read();
        assertThat(early.nextTaskSequence()).isEqualTo(tasks);
        assertThat(early.version().orElseThrow().getVersion()).isEqualTo(versions);

        write(1, 100 * tasks, 100 * versions);
        StartingPoint late = read();

        assertThat(late.nextTaskSequence()).isEqualTo(100L * tasks);
        assertThat(late.version().orElseThrow().getVersion()).isEqualTo(100L * versions);
        assertThat(late.step().orElseThrow().getVersionAfter()).isEqualTo(100L * versions);
        assertThat(late.recordsRead()).isEqualTo(early.recordsRead()).isLessThan(tasks);
    }

    /** Extends the log to this many tasks and versions. */
    private void write(int round, int tasks, int versions) {
        int done = round == 0 ? 0 : tasks / 100;
        for (long sequence = done; sequence < tasks; sequence++) {
            log.task(sequence, 0);
        }
        for (long version = round == 0 ? 0 : versions / 100 + 1; version <= versions; version++) {
            log.announce("default", version, "v" + version);
            if (version > 0) {
                log.step(version, 0);
            }
        }
        log.flush();
    }

    @Test
    void shouldFindItsRecordsBehindManyRecordsOfOtherPolicies() {
        log.announce("default", 0, "v0");
        log.task(7, 0);
        for (int i = 0; i < 2_500; i++) {
            log.announce("other", i, "v0");
        }
        log.flush();

        StartingPoint found = read();

        assertThat(found.version()).map(PolicyVersion::getVersion).hasValue(0L);
        assertThat(found.nextTaskSequence()).isEqualTo(8);
    }

    @Test
    void shouldReuseNoTaskThatWasIssuedAfterTheLastStepWhenTheTasksAreGone() throws Exception {
        log.announce("default", 0, "v0");
        log.announce("default", 1, "v1");
        log.task(40, 0);
        log.step(1, 41);
        log.task(60, 1);
        log.flush();
        log.deleteAll(Topic.ROLLOUT_TASKS);

        assertThat(read().nextTaskSequence()).isGreaterThan(60);
    }

    @Test
    void shouldReuseNoTaskWhenManyOldOnesWereResent() {
        log.announce("default", 0, "v0");
        log.announce("default", 1, "v1");
        log.step(1, 5_000);
        log.task(5_020, 1);
        for (int sequence = 0; sequence < 8_000; sequence++) {
            log.task(sequence % 4_000, 0);
        }
        log.flush();

        assertThat(read().nextTaskSequence()).isGreaterThan(5_020);
    }

    @Test
    void shouldReuseNoTaskWhenAnEarlierReleaseRecordedNoneAndTheTasksAreGone() {
        log.announce("default", 0, "v0");
        log.announce("default", 1, "v1");
        log.step(1, -1);
        log.flush();

        assertThat(read().nextTaskSequence()).isGreaterThan(1_000_000);
    }

    @Test
    void shouldUseTheVersionOfTheLastStepWhenAnOlderOneWasAnnouncedAgain() {
        for (int version = 0; version <= 12; version++) {
            log.announce("default", version, "v" + version);
            if (version > 0) {
                log.step(version, 0);
            }
        }
        log.announce("default", 2, "v2");
        log.flush();

        assertThat(read().version()).map(PolicyVersion::getCheckpointUri).hasValue("v12");
    }

    @Test
    void shouldNameAVersionThatNoStepProduced() {
        log.announce("default", 0, "v0");
        log.announce("default", 1, "v1");
        log.flush();

        assertThatThrownBy(this::read)
                .hasMessageContaining(log.name(Topic.POLICY_VERSIONS) + "-0@1 announces version 1 of policy 'default'")
                .hasMessageContaining("has no step")
                .hasMessageContaining("Restore the topic, or start a new run");
        log.announce("default", 12, "v12");
        for (int version = 2; version <= 11; version++) {
            log.announce("default", version, "v" + version);
            log.step(version, 0);
        }
        log.flush();
        assertThatThrownBy(this::read)
                .hasMessageContaining("the last step, " + log.name(Topic.TRAINING_STEPS) + "-0@9, made version 11");
    }

    @Test
    void shouldIgnoreAnAnnouncementOfAVersionWithoutPredecessor() {
        log.announce("default", 0, "v0");
        log.announce("default", 9_000_000_000_000_000_000L, "v9");
        log.flush();
        assertThat(read().version()).map(PolicyVersion::getVersion).hasValue(0L);

        for (int version = 1; version <= 3; version++) {
            log.announce("default", version, "v" + version);
            log.step(version, 0);
        }
        log.announce("default", Long.MAX_VALUE, "v10");
        log.flush();

        assertThat(read().version()).map(PolicyVersion::getCheckpointUri).hasValue("v3");
    }

    @Test
    void shouldNotIgnoreALaterVersionWhenThatOfTheLastStepIsGone() {
        log.announce("default", 7, "v7");
        log.announce("default", 8, "v8");
        log.flush();

        assertThatThrownBy(this::read)
                .hasMessageContaining("-0@1 announces version 8 of policy 'default'")
                .hasMessageContaining("has lost records");
    }

    @Test
    void shouldNameAStepWhoseVersionIsNotAnnounced() {
        log.announce("default", 0, "v0");
        log.step(5, 0);
        log.flush();

        assertThatThrownBy(this::read)
                .hasMessageContaining("made version 5 of policy 'default'")
                .hasMessageContaining("does not announce it, but version 0");
    }

    @Test
    void shouldNameTwoAnnouncementsOfAVersionThatContradictEachOther() {
        log.announce("default", 0, "v0");
        log.announce("default", 1, "v1");
        log.step(1, 0);
        log.announce("default", 1, "v1-again");
        log.flush();

        assertThatThrownBy(this::read)
                .hasMessageContaining(
                        "as v1-again with SHA-256 ab12 (" + log.name(Topic.POLICY_VERSIONS) + "-0@2) and as v1");
    }

    @Test
    void shouldNotStartOverWhenTasksBelongToALaterVersion() {
        log.task(100, 12);
        log.flush();

        assertThatThrownBy(this::read)
                .hasMessageContaining("has tasks of version 12 of policy 'default'")
                .hasMessageContaining("Nothing was published");
    }

    private StartingPoint read() {
        return StartingPoint.read(new TrainerSettings(log.config("scheduler.maxStaleness", "10")));
    }
}
