package dev.krpo.trainer.run;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import java.nio.file.Path;
import java.util.Map;

/** Small policies for tests. */
final class TrainerFixtures {

    static {
        TorchEngine.configure(1);
    }

    private TrainerFixtures() {}

    static Policy policy(long seed) {
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        return Policy.initialise(config(tokenizer), tokenizer, seed, Device.cpu());
    }

    /** Writes a base model and returns its directory. */
    static Path write(Path root, Map<String, HostTensor> weights) {
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        store.create();
        CheckpointRef ref =
                store.write("base", new CheckpointContents(config(tokenizer), tokenizer, weights, Map.of()));
        return store.open(ref.uri(), ref.sha256());
    }

    private static ModelConfig config(CharTokenizer tokenizer) {
        return new ModelConfig(tokenizer.vocabularySize(), 16, 24, 1, 2, 1, 32, 1e-5, 10_000, true, 0.2);
    }
}
