package dev.krpo.worker.engine;

import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionRun;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Answers each prompt with its own tokens. It reads nothing of a checkpoint but the shape and the tokenizer. */
public final class EchoEngine implements RolloutEngine {

    private static final Section SETTINGS = Section.of("worker.echo", "Echo engine", "worker");
    private static final Setting<Double> LOG_PROB =
            SETTINGS.number("logProb", -1).atMost(0.0).doc("Log-probability of every token.");

    private final float logProb;
    private volatile Tokenizer tokenizer;
    private volatile int maxPositions;
    private volatile long version;

    private EchoEngine(float logProb) {
        this.logProb = logProb;
    }

    @Override
    public void load(long newVersion, Path checkpoint) {
        try {
            tokenizer = Tokenizers.load(checkpoint.resolve(DirectoryCheckpointStore.TOKENIZER));
            maxPositions = ModelFamilies.load(checkpoint.resolve(DirectoryCheckpointStore.CONFIG))
                    .maxPositions();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        version = newVersion;
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int maxPositions() {
        return maxPositions;
    }

    @Override
    public List<Completion> generate(List<CompletionRequest> requests, SamplingOptions options, Runnable pulse) {
        pulse.run();
        return requests.stream()
                .map(request -> echo(request.promptTokens(), options.maxNewTokens()))
                .toList();
    }

    private Completion echo(int[] prompt, int maxNewTokens) {
        int[] tokens = Arrays.copyOf(prompt, Math.min(prompt.length, maxNewTokens));
        float[] logProbs = new float[tokens.length];
        Arrays.fill(logProbs, logProb);
        return new Completion(tokens, logProbs, new float[0], List.of(new VersionRun(version, tokens.length)), false);
    }

    @Override
    public void close() {}

    public static final class Factory implements RolloutEngineFactory {

        @Override
        public String name() {
            return "echo";
        }

        @Override
        public String description() {
            return "the prompt again";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public RolloutEngine create(Config config) {
            return new EchoEngine(config.get(LOG_PROB).floatValue());
        }
    }
}
