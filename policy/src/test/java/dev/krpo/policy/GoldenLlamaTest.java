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
import dev.krpo.policy.checkpoint.Safetensors;
import dev.krpo.policy.model.Decoder;
import dev.krpo.policy.model.ModelConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against logits and gradients of transformers' LlamaForCausalLM; see tools/golden/llama.py. */
class GoldenLlamaTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/llama");

    @Test
    void shouldGiveTheLogitsAndGradientsOfTransformers() throws Exception {
        TorchEngine.configure(1);
        Map<String, HostTensor> golden = Safetensors.read(FOLDER.resolve("golden.safetensors"));
        Map<String, HostTensor> weights = Safetensors.read(FOLDER.resolve("model.safetensors"));
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            Decoder decoder = new Decoder(manager, ModelConfig.load(FOLDER.resolve("config.json")));
            decoder.parametersByName().forEach((name, parameter) -> {
                NDArray array = array(manager, weights.get(name));
                array.setRequiresGradient(true);
                parameter.setArray(array);
            });
            NDArray tokens = array(manager, golden.get("tokens")).toType(DataType.INT64, true);
            NDArray targets = array(manager, golden.get("targets")).toType(DataType.INT64, true);

            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray logits = decoder.logits(tokens);
                assertThat(relativeDistance(
                                logits.toFloatArray(), golden.get("logits").values()))
                        .as("logits")
                        .isLessThan(1e-5);
                collector.backward(
                        LogProbs.ofTokens(logits, targets, 1, 1).mean().neg());
            }

            decoder.parametersByName().forEach((name, parameter) -> assertThat(relativeDistance(
                            parameter.getArray().getGradient().toFloatArray(),
                            golden.get("grad." + name).values()))
                    .as("gradient of %s", name)
                    .isLessThan(1e-5));
        }
    }

    private static NDArray array(NDManager manager, HostTensor tensor) {
        return manager.create(tensor.values(), new Shape(tensor.shape()));
    }

    /** |actual - expected| / |expected| in the Euclidean norm. */
    private static double relativeDistance(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        double distance = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            distance += Math.pow((double) actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(distance / norm);
    }
}
