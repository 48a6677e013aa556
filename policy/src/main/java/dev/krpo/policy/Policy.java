package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.WeightFiles;
import dev.krpo.policy.checkpoint.Weights;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.layer.Decoder;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** A language model with its tokenizer, on the PyTorch engine. Not thread-safe; close it to free its memory. */
public final class Policy implements AutoCloseable {

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final NDManager manager;
    private final Decoder decoder;
    private final LinkedHashMap<String, NDArray> parameters;

    private Policy(ModelConfig config, Tokenizer tokenizer, Weights weights, Device device) throws IOException {
        if (tokenizer.vocabularySize() > config.vocabularySize()) {
            throw new IllegalArgumentException(weights.origin() + ": vocab_size is " + config.vocabularySize()
                    + ", but the tokenizer has " + tokenizer.vocabularySize() + " tokens");
        }
        ParameterShapes.check(config, weights);
        this.config = config;
        this.tokenizer = tokenizer;
        manager = NDManager.newBaseManager(device, "PyTorch");
        parameters = new LinkedHashMap<>();
        try {
            for (String name : config.parameterShapes().keySet()) {
                parameters.put(name, weights.array(name, manager));
            }
            decoder = new Decoder(manager, config, parameters);
        } catch (IOException | RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    /** A fresh policy: norms are 1, biases 0, other weights normal with the configuration's standard deviation. */
    public static Policy initialise(ModelConfig config, Tokenizer tokenizer, long seed, Device device) {
        SplittableRandom random = new SplittableRandom(seed);
        LinkedHashMap<String, HostTensor> tensors = new LinkedHashMap<>();
        config.parameterShapes().forEach((name, shape) -> {
            float[] values = new float[Math.toIntExact(new Shape(shape).size())];
            if (shape.length == 1) {
                Arrays.fill(values, name.endsWith(".bias") ? 0 : 1);
            } else {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (random.nextGaussian() * config.initializerRange());
                }
            }
            tensors.put(name, new HostTensor(values, shape));
        });
        return inMemory(config, tokenizer, Weights.of("fresh weights", tensors), device);
    }

    /**
     * Reads {@code config.json}, {@code tokenizer.json} and the weights of a Hugging Face directory. Every field and
     * every tensor is checked before any weight is read.
     *
     * @throws CheckpointException if a file is missing or malformed, or the files are inconsistent, naming file and
     *     field
     */
    public static Policy load(Path hfDirectory, Device device) {
        try {
            ModelConfig config = ModelFamilies.load(hfDirectory.resolve(DirectoryCheckpointStore.CONFIG));
            Tokenizer tokenizer = Tokenizers.load(hfDirectory.resolve(DirectoryCheckpointStore.TOKENIZER));
            return new Policy(config, tokenizer, WeightFiles.open(hfDirectory), device);
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException("The policy in " + hfDirectory + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /**
     * A policy with these weights, on this device.
     *
     * @throws IOException if they cannot be read
     * @throws CheckpointException listing every tensor that is missing, unknown, or of another shape
     */
    public static Policy of(ModelConfig config, Tokenizer tokenizer, Weights weights, Device device)
            throws IOException {
        return new Policy(config, tokenizer, weights, device);
    }

    /** A policy with these weights, on this device. */
    public static Policy of(ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights, Device device) {
        return inMemory(config, tokenizer, Weights.of("given weights", weights), device);
    }

    private static Policy inMemory(ModelConfig config, Tokenizer tokenizer, Weights weights, Device device) {
        try {
            return new Policy(config, tokenizer, weights, device);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + weights.origin(), e);
        }
    }

    public ModelConfig config() {
        return config;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Owns the parameters; arrays created from it live until this policy is closed. */
    public NDManager manager() {
        return manager;
    }

    /** The trainable arrays by Hugging Face name, in the order of the forward pass; to be updated in place. */
    public Map<String, NDArray> parameters() {
        return new LinkedHashMap<>(parameters);
    }

    /**
     * The training forward pass, differentiable in the parameters that require a gradient.
     *
     * @param tokens int64 {@code [batch, time]}, right-padded; a position sees only those before it and itself
     * @return float32 {@code [batch, time, vocabulary]}: position t predicts token t + 1; belongs to the tokens'
     *     manager, as do all intermediate results
     */
    public NDArray logits(NDArray tokens) {
        return decoder.logits(tokens);
    }

    /**
     * The training forward pass at some positions only, with fused layers: for models of a million parameters and more.
     * Differentiable in the parameters that require a gradient.
     *
     * @param tokens int64 {@code [batch, time]}, right-padded
     * @param positions int64 {@code [batch, columns]}: indices into the rows of {@code [batch * time]}
     * @return float32 {@code [batch, columns, vocabulary]}; belongs to the tokens' manager
     */
    public NDArray logitsAt(NDArray tokens, NDArray positions) {
        return decoder.logitsAt(tokens, positions);
    }

    /** Copies of the parameters in the JVM's memory. */
    public Map<String, HostTensor> snapshot() {
        LinkedHashMap<String, HostTensor> copies = new LinkedHashMap<>();
        parameters.forEach((name, array) -> copies.put(name, HostTensor.of(array)));
        return copies;
    }

    /** The network, for decoding step by step. */
    public Decoder decoder() {
        return decoder;
    }

    @Override
    public void close() {
        manager.close();
    }
}
