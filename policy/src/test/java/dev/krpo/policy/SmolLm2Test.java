package dev.krpo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.SafetensorsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares SmolLM2-135M-Instruct with transformers; see tools/golden/smollm2.py. */
class SmolLm2Test {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/smollm2.safetensors");
    private static final int VOCABULARY_STEP = 96;

    @Test
    void shouldComputeAndContinueAsTransformers() throws IOException {
        Path folder = RealModel.smolLm2();
        TorchEngine.configure(1);
        Map<String, HostTensor> golden = SafetensorsReader.read(GOLDEN);
        try (Policy policy = Policy.load(folder, Device.cpu())) {
            int[][] prompts = {ints(golden.get("prompt.0")), ints(golden.get("prompt.1"))};
            for (int row = 0; row < prompts.length; row++) {
                assertThat(lastLogits(policy, prompts[row]))
                        .as("logits of row %d", row)
                        .containsExactly(golden.get("logits." + row).values(), within(1e-3f));
            }

            int[][] continuations = TinyPolicies.greedy(policy, 64, prompts);

            for (int row = 0; row < prompts.length; row++) {
                assertThat(continuations[row]).as("row %d", row).isEqualTo(ints(golden.get("greedy." + row)));
            }
        }
    }

    @Test
    void shouldGiveBackWhatItReadWhenItIsExported(@TempDir Path root) throws IOException {
        Path model = RealModel.smolLm2();
        new DirectoryCheckpointStore(root).write("model", CheckpointContents.model(model, Optional.empty()));
        Path exported = root.resolve("model");

        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            assertThat(exported.resolve(file)).hasSameBinaryContentAs(model.resolve(file));
        }
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(exported.resolve("config.json").toFile()))
                .isEqualTo(json.readTree(model.resolve("config.json").toFile()));
        SafetensorsReader before = SafetensorsReader.open(model.resolve("model.safetensors"));
        SafetensorsReader after = SafetensorsReader.open(exported.resolve("model.safetensors"));
        assertThat(after.names()).isEqualTo(before.names());
        for (String name : before.names()) {
            assertThat(after.floats(name)).as(name).isEqualTo(before.floats(name));
        }
        assertThat((double) Files.size(exported.resolve("model.safetensors")))
                .isCloseTo(Files.size(model.resolve("model.safetensors")), within(100_000.0));
    }

    /** Every 96th logit after the last three tokens. */
    private static float[] lastLogits(Policy policy, int[] tokens) {
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray logits = policy.logits(TinyPolicies.batch(manager, tokens));
            NDIndex last = new NDIndex().addIndices(0).addSliceDim(tokens.length - 3, tokens.length);
            return logits.get(last.addSliceDim(0, policy.config().vocabularySize(), VOCABULARY_STEP))
                    .toFloatArray();
        }
    }

    private static int[] ints(HostTensor tensor) {
        int[] ints = new int[tensor.values().length];
        Arrays.setAll(ints, i -> (int) tensor.values()[i]);
        return ints;
    }
}
