package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.Safetensors;
import dev.krpo.policy.model.Decoder;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A language model with its tokenizer on one device; {@link #close()} frees its tensors. */
public final class Policy implements AutoCloseable {

    private final ModelConfig config;
    private final Tokenizer tokenizer;
    private final NDManager manager;
    private final Decoder decoder;

    private Policy(ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights, Device device) {
        if (config.vocabularySize() < tokenizer.vocabularySize()) {
            throw new IllegalArgumentException("vocab_size is " + config.vocabularySize() + ", but the tokenizer has "
                    + tokenizer.vocabularySize() + " tokens");
        }
        this.config = config;
        this.tokenizer = tokenizer;
        this.manager = NDManager.newBaseManager(device, "PyTorch");
        this.decoder = new Decoder(manager, config);
        decoder.parametersByName().forEach((name, parameter) -> {
            HostTensor tensor = weights.get(name);
            NDArray array = manager.create(tensor.values(), new Shape(tensor.shape()));
            array.setName(name);
            parameter.setArray(array);
        });
    }

    /** Fresh weights: normal with the configuration's initializer_range, ones for norms. */
    public static Policy initialise(ModelConfig config, Tokenizer tokenizer, long seed, Device device) {
        Random random = new Random(seed);
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        config.parameterShapes().forEach((name, shape) -> {
            float[] values = new float[(int) Arrays.stream(shape).reduce(1, Math::multiplyExact)];
            if (shape.length == 1) {
                Arrays.fill(values, 1f);
            } else {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (random.nextGaussian() * config.initializerRange());
                }
            }
            weights.put(name, new HostTensor(values, shape));
        });
        return new Policy(config, tokenizer, weights, device);
    }

    /**
     * @param directory a Hugging Face directory: config.json, model.safetensors, tokenizer.json
     * @throws CheckpointException if a file is missing or a tensor has the wrong name, dtype or shape
     */
    public static Policy load(Path directory, Device device) {
        try {
            ModelConfig config = ModelConfig.load(directory.resolve(DirectoryCheckpointStore.CONFIG));
            Tokenizer tokenizer = CharTokenizer.load(directory.resolve(DirectoryCheckpointStore.TOKENIZER));
            Path file = directory.resolve(DirectoryCheckpointStore.WEIGHTS);
            return new Policy(config, tokenizer, checked(config, Safetensors.read(file), file), device);
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException("loading the policy in " + directory + " failed: " + e.getMessage(), e);
        }
    }

    private static Map<String, HostTensor> checked(ModelConfig config, Map<String, HostTensor> weights, Path file) {
        Map<String, long[]> expected = config.parameterShapes();
        weights.keySet().stream()
                .filter(name -> !expected.containsKey(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new CheckpointException(
                            file + ": tensor " + name + " is not in this model; config.json does not fit the weights");
                });
        expected.forEach((name, shape) -> {
            HostTensor tensor = weights.get(name);
            if (tensor == null) {
                throw new CheckpointException(file + ": tensor " + name + " is missing");
            }
            if (!Arrays.equals(tensor.shape(), shape)) {
                throw new CheckpointException(file + ": tensor " + name + " has shape "
                        + Arrays.toString(tensor.shape()) + ", config.json needs " + Arrays.toString(shape));
            }
        });
        return weights;
    }

    public ModelConfig config() {
        return config;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** Owns the weights; sub-managers of it may be made and closed freely. */
    public NDManager manager() {
        return manager;
    }

    public Decoder decoder() {
        return decoder;
    }

    /** The weights by Hugging Face name, in the order of the forward pass; a trainer changes them in place. */
    public Map<String, NDArray> parameters() {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        decoder.parametersByName().forEach((name, parameter) -> arrays.put(name, parameter.getArray()));
        return arrays;
    }

    /** A copy of the weights in Java memory. */
    public Map<String, HostTensor> snapshot() {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        parameters()
                .forEach((name, array) -> tensors.put(
                        name,
                        new HostTensor(array.toFloatArray(), array.getShape().getShape())));
        return tensors;
    }

    @Override
    public void close() {
        manager.close();
    }
}
