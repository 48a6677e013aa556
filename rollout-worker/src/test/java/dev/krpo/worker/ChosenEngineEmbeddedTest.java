package dev.krpo.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Workers with an engine and an environment that the class path provides, on a real broker. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class ChosenEngineEmbeddedTest {

    private static final SamplingParameters SAMPLING = WorkerRun.sampling(1, 1, 4, 5);
    private static final Map<String, String> ECHO = Map.of("worker.engine", "echo", "worker.echo.logProb", "-0.25");

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path directory;

    @Test
    void shouldGenerateWithTheChosenEngineAndGiveItEachNewVersion() {
        try (WorkerRun run = run(Map.of("policy.checkpoints", directory.toUri().toString()))) {
            run.publishVersion(3, 1);
            run.prompt("p", "1+1=", "1+1=");
            run.task("p", 2, SAMPLING);
            RolloutWorker worker = run.startWorker(ECHO);
            awaiting().until(() -> run.rollouts().size() == 2);

            run.publishVersion(4, 1);
            awaiting().until(() -> {
                run.task("p", 1, SAMPLING);
                return run.rollouts().stream()
                        .anyMatch(rollout -> runs(rollout).get(0).getPolicyVersion() == 4);
            });

            assertThat(run.rollouts()).allSatisfy(rollout -> {
                assertThat(rollout.getText()).isEqualTo("1+1=");
                assertThat(rollout.getCompletionTokens()).isEqualTo(rollout.getPromptTokens());
                assertThat(rollout.getBehaviourLogProbs()).containsExactly(-0.25f, -0.25f, -0.25f, -0.25f);
                assertThat(rollout.getReward()).isEqualTo(1);
                assertThat(runs(rollout)).extracting(TokenRun::getTokens).containsExactly(4);
            });
            assertThat(runs(run.rollouts().get(0)).get(0).getPolicyVersion()).isEqualTo(3);
            assertThat(worker.failure()).isEmpty();
        }
    }

    @Test
    void shouldScoreAndShapeWithTheChosenEnvironment() {
        try (WorkerRun run = run(ECHO)) {
            run.publishVersion(0, 1);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, SAMPLING);
            run.startWorker(Map.of("worker.environment", "token-count"));

            awaiting().until(() -> run.rollouts().size() == 1);

            assertThat(run.rollouts().get(0).getRewardComponents()).isEqualTo(Map.of("token-count", 4.0, "room", -4.0));
            assertThat(run.rollouts().get(0).getReward()).isZero();
        }
    }

    @Test
    void shouldTakeNoTasksBeforeItsEngineHasAVersion() throws Exception {
        try (WorkerRun run = run(ECHO);
                Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            run.publishVersion(0, 1);
            run.prompt("p", "1+1=", "2");
            run.task("p", 1, SAMPLING);
            run.startWorker(
                    Map.of("policy.checkpoints", directory.resolve("elsewhere").toString()));
            awaiting().until(() -> run.deadLetters().size() == 1);

            assertThat(run.deadLetters()).extracting(DeadLetter::getReason).containsExactly("checkpoint-missing");
            assertThat(run.deadLetters().get(0).getDetail()).contains("the worker waits until a version can be opened");
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::groupId)
                    .doesNotContain(run.shareGroup());
            run.startWorker(Map.of("worker.id", "ready"));
            awaiting().until(() -> run.rollouts().size() == 1);
            assertThat(run.rollouts()).extracting(Rollout::getWorkerId).containsExactly("ready");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker.engine", "worker.environment", "policy.checkpoints"})
    void shouldNameSettingAndValueBeforeItConnectsWhenAServiceIsUnknown(String key) {
        Config config = Config.of(Map.of(key, "nowhere:x", "kafka.bootstrap.servers", "localhost:1"));

        assertThatThrownBy(() -> new RolloutWorker(config))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(key + " is 'nowhere:x'; there is no ")
                .hasMessageContaining("use one of ")
                .hasMessageContaining("plugins");
    }

    private WorkerRun run(Map<String, String> settings) {
        return new WorkerRun(BROKER.bootstrapServers(), BROKER.test(), directory, settings);
    }

    private static List<TokenRun> runs(Rollout rollout) {
        return rollout.getVersionRuns();
    }

    private static ConditionFactory awaiting() {
        return await().atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(100));
    }
}
