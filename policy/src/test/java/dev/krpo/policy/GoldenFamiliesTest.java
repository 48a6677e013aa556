package dev.krpo.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.SafetensorsReader;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares tiny random models of every family with transformers; see tools/golden/families.py. */
class GoldenFamiliesTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/families");
    private static final int COLUMNS = 11;
    private static final int NEW_TOKENS = 64;

    @BeforeAll
    static void configure() {
        TorchEngine.configure(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-bias", "mistral", "qwen2", "qwen3"})
    void shouldHaveTheGradientsOfTransformersInBothForwardPasses(String name) throws IOException {
        shouldHaveTheGradients(name, Policy::logits);
        shouldHaveTheGradients(name, (policy, tokens) -> {
            NDArray everywhere =
                    tokens.getManager().arange(Math.toIntExact(tokens.size())).toType(DataType.INT64, false);
            return policy.logitsAt(tokens, everywhere.reshape(tokens.getShape()));
        });
    }

    private static void shouldHaveTheGradients(String name, BiFunction<Policy, NDArray, NDArray> forward)
            throws IOException {
        Map<String, HostTensor> golden = golden(name);
        try (Policy policy = policy(name, golden);
                NDManager manager = policy.manager().newSubManager()) {
            policy.parameters().values().forEach(parameter -> parameter.setRequiresGradient(true));
            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                NDArray logits = forward.apply(policy, integers(manager, golden.get("tokens")));
                collector.backward(loss(logits, manager, golden));
            }

            policy.parameters().forEach((parameter, array) -> assertThat(
                            relativeDistance(HostTensor.of(array.getGradient()), golden.get("grad." + parameter)))
                    .as("gradient of %s", parameter)
                    .isLessThan(1e-4));
        }
    }

    /** A policy gradient with importance ratios, over the completions only. */
    private static NDArray loss(NDArray logits, NDManager manager, Map<String, HostTensor> golden) {
        NDArray logProbs = LogProbs.ofTokens(logits, integers(manager, golden.get("targets")), 1, 1);
        NDArray ratio = logProbs.sub(floats(manager, golden.get("behaviour"))).exp();
        NDArray advantages = floats(manager, golden.get("advantages")).expandDims(1);
        NDArray mask = floats(manager, golden.get("mask"));
        return ratio.mul(advantages).mul(mask).sum().neg().div(mask.sum());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama",
                "llama-bias",
                "mistral",
                "qwen2",
                "qwen3",
                "rope-linear",
                "rope-dynamic",
                "rope-llama3",
                "rope-yarn",
                "rope-yarn-mscale"
            })
    void shouldComputeAndContinueAsTransformers(String name) throws IOException {
        Map<String, HostTensor> golden = golden(name);
        try (Policy policy = policy(name, golden);
                NDManager manager = policy.manager().newSubManager()) {
            NDArray logits = policy.logits(integers(manager, golden.get("tokens")));
            assertThat(relativeDistance(HostTensor.of(logits), golden.get("logits")))
                    .as("logits")
                    .isLessThan(1e-4);

            int[][] prompts = {prompt(golden, 0), prompt(golden, 1), prompt(golden, 2)};
            int[][] together = TinyPolicies.greedy(policy, NEW_TOKENS, prompts);
            for (int row = 0; row < 3; row++) {
                int[] expected = ints(golden.get("greedy." + row));
                assertThat(together[row]).as("row %d of the padded batch", row).isEqualTo(expected);
                assertThat(TinyPolicies.greedy(policy, NEW_TOKENS, prompts[row])[0])
                        .as("row %d alone", row)
                        .isEqualTo(expected);
            }
        }
    }

    private static int[] prompt(Map<String, HostTensor> golden, int row) {
        int[] mask = Arrays.copyOfRange(ints(golden.get("mask")), row * COLUMNS, (row + 1) * COLUMNS);
        int length = Arrays.stream(mask).sum();
        return Arrays.copyOfRange(ints(golden.get("tokens")), row * COLUMNS, row * COLUMNS + length);
    }

    private static Map<String, HostTensor> golden(String name) throws IOException {
        return SafetensorsReader.read(FOLDER.resolve(name).resolve("golden.safetensors"));
    }

    private static Policy policy(String name, Map<String, HostTensor> golden) throws IOException {
        int salt = ints(golden.get("salt"))[0];
        ModelConfig config = ModelFamilies.load(FOLDER.resolve(name).resolve("config.json"));
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        config.parameterShapes()
                .forEach((parameter, shape) -> weights.put(
                        parameter, new HostTensor(values(salt + "." + parameter, new Shape(shape).size()), shape)));
        return Policy.of(config, TinyPolicies.tokenizer(), weights, Device.cpu());
    }

    /** As the function of this name in tools/golden/families.py. */
    private static float[] values(String name, long size) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        float[] values = new float[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) {
            long z = ((crc.getValue() << 32) + i) * 0x9E3779B97F4A7C15L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            z = z ^ (z >>> 31);
            double uniform = (double) (z >>> 40) / (1 << 24) - 0.5;
            values[i] = (float) (name.contains("norm") ? 1 + uniform : uniform);
        }
        return values;
    }

    private static NDArray integers(NDManager manager, HostTensor tensor) {
        return floats(manager, tensor).toType(DataType.INT64, true);
    }

    private static NDArray floats(NDManager manager, HostTensor tensor) {
        return manager.create(tensor.values(), new Shape(tensor.shape()));
    }

    private static int[] ints(HostTensor tensor) {
        int[] ints = new int[tensor.values().length];
        Arrays.setAll(ints, i -> (int) tensor.values()[i]);
        return ints;
    }

    /** |actual - expected| / |expected| in the Euclidean norm. */
    private static double relativeDistance(HostTensor actual, HostTensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double distance = 0;
        double norm = 0;
        for (int i = 0; i < actual.values().length; i++) {
            distance += Math.pow((double) actual.values()[i] - expected.values()[i], 2);
            norm += Math.pow(expected.values()[i], 2);
        }
        return Math.sqrt(distance / norm);
    }
}
