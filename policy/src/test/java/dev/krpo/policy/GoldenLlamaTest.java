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
import dev.krpo.policy.tokenizer.CharTokenizer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Compares with logits and gradients of transformers' LlamaForCausalLM; see tools/golden/llama.py. */
class GoldenLlamaTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/llama");

    @Test
    void shouldMatchTheLogitsAndGradientsOfTransformers() throws Exception {
        TorchEngine.configure(1);
        Map<String, HostTensor> golden = SafetensorsReader.read(FOLDER.resolve("golden.safetensors"));
        Map<String, HostTensor> weights = SafetensorsReader.read(FOLDER.resolve("model.safetensors"));
        ModelConfig config = ModelFamilies.load(FOLDER.resolve("config.json"));
        try (Policy policy = Policy.of(config, new CharTokenizer("0123"), weights, Device.cpu());
                NDManager manager = policy.manager().newSubManager()) {
            policy.parameters().values().forEach(parameter -> parameter.setRequiresGradient(true));
            NDArray tokens = integers(manager, golden.get("tokens"));
            NDArray targets = integers(manager, golden.get("targets"));

            try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
                NDArray logits = policy.logits(tokens);
                assertThat(relativeDistance(HostTensor.of(logits), golden.get("logits")))
                        .as("logits")
                        .isLessThan(1e-5);
                collector.backward(
                        LogProbs.ofTokens(logits, targets, 1, 1).mean().neg());
            }

            policy.parameters().forEach((name, parameter) -> assertThat(
                            relativeDistance(HostTensor.of(parameter.getGradient()), golden.get("grad." + name)))
                    .as("gradient of %s", name)
                    .isLessThan(1e-5));
        }
    }

    private static NDArray integers(NDManager manager, HostTensor tensor) {
        return manager.create(tensor.values(), new Shape(tensor.shape())).toType(DataType.INT64, true);
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
