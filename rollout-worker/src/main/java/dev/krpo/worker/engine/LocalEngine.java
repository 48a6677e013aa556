package dev.krpo.worker.engine;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.PolicySlot;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import java.util.List;

/** Generates in this process. Weights are swapped between decode steps. */
public final class LocalEngine implements RolloutEngine {

    static final String NAME = "local";

    private final Device device;
    private final PolicySlot slot = new PolicySlot();
    private volatile ModelConfig shape;
    private volatile Tokenizer tokenizer;

    private LocalEngine(Device device) {
        this.device = device;
    }

    @Override
    public void load(long version, Path checkpoint) {
        Policy policy = Policy.load(checkpoint, device);
        if (shape == null) {
            tokenizer = policy.tokenizer();
            shape = policy.config();
        } else if (!isAlike(policy)) {
            String message = "checkpoint " + checkpoint + " differs in shape or tokenizer: it has " + policy.config()
                    + " instead of " + shape + "; give a new model its own topics.prefix";
            policy.close();
            throw new CheckpointException(message);
        }
        slot.offer(version, policy);
    }

    /** The next version reads the key/value caches and tokens in flight. */
    private boolean isAlike(Policy policy) {
        return shape.equals(policy.config()) && tokenizer.equals(policy.tokenizer());
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public int maxPositions() {
        return shape.maxPositions();
    }

    @Override
    public List<Completion> generate(List<CompletionRequest> requests, SamplingOptions options, Runnable pulse) {
        Sampler sampler = new Sampler(() -> {
            pulse.run();
            return slot.current();
        });
        return sampler.generate(requests, options);
    }

    @Override
    public void close() {
        slot.close();
    }

    @Override
    public String toString() {
        return device.toString();
    }

    public static final class Factory implements RolloutEngineFactory {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "the worker's own process, on policy.device";
        }

        /** @throws IllegalArgumentException if {@code policy.device} is gpu and none is available */
        @Override
        public RolloutEngine create(Config config) {
            TorchEngine.configure(config.get(PolicySettings.THREADS));
            return new LocalEngine(TorchEngine.device(config.get(PolicySettings.DEVICE)));
        }
    }
}
