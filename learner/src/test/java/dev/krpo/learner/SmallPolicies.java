package dev.krpo.learner;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Small policies for tests. */
final class SmallPolicies {

    static {
        TorchEngine.configure(1);
    }

    private SmallPolicies() {}

    static Policy policy(long seed) {
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        return Policy.initialise(config(tokenizer), tokenizer, seed, Device.cpu());
    }

    /** A policy with the given weights, loaded from a real checkpoint. */
    static Policy policy(Map<String, HostTensor> weights) {
        try {
            return Policy.load(write(Files.createTempDirectory("krpo-test"), weights), Device.cpu());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path root, Map<String, HostTensor> weights) {
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
