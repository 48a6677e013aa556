package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.SafetensorsReader;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.layer.Decoder;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A language model with its tokenizer: a Llama-shaped decoder on the PyTorch engine. Not thread-safe; close it to free
 * its memory.
 */
public final class Policy implements AutoCloseable {

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final NDManager manager;
    private final Decoder decoder;
    private final LinkedHashMap<String, NDArray> parameters;

    private Policy(
            ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights, Device device, String origin) {
        if (tokenizer.vocabularySize() > config.vocabularySize()) {
            throw new IllegalArgumentException(origin + ": vocab_size is " + config.vocabularySize()
                    + ", but the tokenizer has " + tokenizer.vocabularySize() + " tokens");
        }
        this.config = config;
        this.tokenizer = tokenizer;
        Map<String, long[]> shapes = config.parameterShapes();
        for (String name : weights.keySet()) {
            if (!shapes.containsKey(name)) {
                throw new IllegalArgumentException(
                        origin + ": tensor " + name + " is not in this model; config.json does not match the weights");
            }
        }
        shapes.forEach((name, shape) -> check(origin, name, shape, weights.get(name)));
        manager = NDManager.newBaseManager(device, "PyTorch");
        LinkedHashMap<String, NDArray> arrays = new LinkedHashMap<>();
        shapes.forEach((name, shape) ->
                arrays.put(name, manager.create(weights.get(name).values(), new Shape(shape))));
        decoder = new Decoder(manager, config, arrays);
        parameters = arrays;
    }

    private static void check(String origin, String name, long[] shape, HostTensor tensor) {
        if (tensor == null) {
            throw new IllegalArgumentException(
                    origin + ": tensor " + name + " is missing; config.json requires shape " + Arrays.toString(shape));
        }
        if (!Arrays.equals(shape, tensor.shape())) {
            throw new IllegalArgumentException(origin + ": tensor " + name + " has shape "
                    + Arrays.toString(tensor.shape()) + "; config.json requires " + Arrays.toString(shape));
        }
    }

    /** A fresh policy: norms are 1, other weights normal with the configuration's standard deviation. */
    public static Policy initialise(ModelConfig config, Tokenizer tokenizer, long seed, Device device) {
        SplittableRandom random = new SplittableRandom(seed);
        LinkedHashMap<String, HostTensor> tensors = new LinkedHashMap<>();
        config.parameterShapes().forEach((name, shape) -> {
            float[] values = new float[Math.toIntExact(new Shape(shape).size())];
            if (shape.length == 1) {
                Arrays.fill(values, 1);
            } else {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (random.nextGaussian() * config.initializerRange());
                }
            }
            tensors.put(name, new HostTensor(values, shape));
        });
        return new Policy(config, tokenizer, tensors, device, "fresh weights");
    }

    /**
     * Reads {@code config.json}, {@code model.safetensors} and {@code tokenizer.json} of a Hugging Face directory.
     *
     * @throws CheckpointException if a file is missing or malformed, or the files are inconsistent, naming file and
     *     field
     */
    public static Policy load(Path hfDirectory, Device device) {
        Path weights = hfDirectory.resolve(DirectoryCheckpointStore.WEIGHTS);
        try {
            return new Policy(
                    ModelFamilies.load(hfDirectory.resolve(DirectoryCheckpointStore.CONFIG)),
                    Tokenizers.load(hfDirectory.resolve(DirectoryCheckpointStore.TOKENIZER)),
                    SafetensorsReader.read(weights),
                    device,
                    weights.toString());
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException("The policy in " + hfDirectory + " cannot be loaded: " + e.getMessage(), e);
        }
    }

    /** A policy with these weights, on this device. */
    public static Policy of(ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights, Device device) {
        return new Policy(config, tokenizer, weights, device, "given weights");
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
