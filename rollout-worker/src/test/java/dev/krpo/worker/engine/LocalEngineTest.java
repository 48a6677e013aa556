package dev.krpo.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionRun;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalEngineTest {

    private static final List<CompletionRequest> REQUESTS = List.of(new CompletionRequest(new int[] {4, 5}, 7));
    private static final SamplingOptions OPTIONS = new SamplingOptions(1, 1, 6);

    @TempDir
    private Path root;

    private RolloutEngine engine;

    @BeforeEach
    void createEngine() {
        engine = RolloutEngines.chosen(Config.defaults()).create(Config.of(Map.of("policy.device", "cpu")));
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    /** The directory of a small random model. */
    private Path checkpoint(String name, String alphabet, int positions) {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer(alphabet);
        ModelConfig shape =
                new ModelConfig(tokenizer.vocabularySize(), 16, 24, 1, 2, 1, positions, 1e-5, 10_000, true, 0.3);
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = Policy.initialise(shape, tokenizer, 5, Device.cpu())) {
            CheckpointRef ref =
                    store.write(name, new CheckpointContents(shape, tokenizer, policy.snapshot(), Map.of()));
            return store.open(ref.uri(), ref.sha256());
        }
    }

    @Test
    void shouldDrawEachTokenWithTheVersionThatIsNewestThen() {
        Path checkpoint = checkpoint("v1", "0123456789", 32);
        engine.load(1, checkpoint);
        AtomicInteger steps = new AtomicInteger();

        Completion completion = engine.generate(REQUESTS, OPTIONS, () -> {
                    if (steps.getAndIncrement() == 2) {
                        engine.load(2, checkpoint);
                    }
                })
                .get(0);

        assertThat(completion.tokens()).as("the seed draws a long completion").hasSizeGreaterThan(2);
        assertThat(completion.versionRuns())
                .hasSize(2)
                .startsWith(new VersionRun(1, 2))
                .extracting(VersionRun::version)
                .containsExactly(1L, 2L);
    }

    @Test
    void shouldEndGeneratingWhenThePulseThrows() {
        engine.load(1, checkpoint("v1", "0123456789", 32));

        assertThatThrownBy(() -> engine.generate(REQUESTS, OPTIONS, () -> {
                    throw new IllegalStateException("closing");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("closing");
    }

    @Test
    void shouldKeepItsVersionWhenTheNextOneHasAnotherShapeOrTokenizer() {
        engine.load(1, checkpoint("v1", "0123456789", 32));
        Path longer = checkpoint("v2", "0123456789", 64);
        Path renamed = checkpoint("v3", "0123456+=-", 32);

        for (Path other : List.of(longer, renamed)) {
            assertThatThrownBy(() -> engine.load(2, other))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("checkpoint " + other + " differs in shape or tokenizer")
                    .hasMessageContaining("give a new model its own topics.prefix");
        }

        assertThat(engine.maxPositions()).isEqualTo(32);
        assertThat(engine.tokenizer().encode("9")).hasSize(1);
        assertThat(engine.generate(REQUESTS, OPTIONS, () -> {}).get(0).versionRuns())
                .extracting(VersionRun::version)
                .containsExactly(1L);
    }

    @Test
    void shouldNameTheKnownEnginesWhenTheChosenOneIsUnknown() {
        assertThatThrownBy(() -> RolloutEngines.chosen(Config.of(Map.of("worker.engine", "vllm"), "run.yaml:7")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("run.yaml:7: worker.engine is 'vllm'; there is no rollout engine \"vllm\";"
                        + " use one of local = the worker's own process, on policy.device; echo = the prompt again");
    }

    @Test
    void shouldListTheSettingsOfAnEngineThatTheClassPathProvides() {
        assertThat(RolloutEngines.sections())
                .flatExtracting(section -> section.settings())
                .extracting(setting -> setting.key())
                .containsExactly("worker.engine", "worker.echo.logProb");
    }
}
