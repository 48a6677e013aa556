package dev.krpo.policy;

import ai.djl.Device;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;

/** Small random policies for tests. */
public final class TinyPolicies {

    static {
        TorchEngine.configure(1);
    }

    private TinyPolicies() {}

    public static Policy random(long seed) {
        CharTokenizer tokenizer = CharTokenizer.arithmetic();
        ModelConfig config = new ModelConfig(tokenizer.vocabularySize(), 32, 48, 2, 4, 2, 96, 1e-5, 10_000, true, 0.3);
        return Policy.initialise(config, tokenizer, seed, Device.cpu());
    }
}
