package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

    @TempDir
    private Path root;

    @Test
    void shouldGiveBackTheSameBits() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointRef ref = store.write("v1", contents(policy));
            try (Policy loaded = Policy.load(store.open(ref.uri(), ref.sha256()), Device.cpu())) {
                assertThat(loaded.config()).isEqualTo(policy.config());
                loaded.snapshot().forEach((name, tensor) -> assertThat(tensor.values())
                        .as(name)
                        .isEqualTo(policy.snapshot().get(name).values()));
            }
        }
    }

    @Test
    void shouldNameTheFileAndBothHashesWhenTheWeightsWereChanged() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointRef ref = store.write("v1", contents(policy));
            Path weights = root.resolve("v1/model.safetensors");
            byte[] bytes = Files.readAllBytes(weights);
            bytes[bytes.length - 1] ^= 1;
            Files.write(weights, bytes);

            assertThatThrownBy(() -> store.open(ref.uri(), ref.sha256()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("model.safetensors")
                    .hasMessageContaining(ref.sha256());
        }
    }

    @Test
    void shouldIgnoreAndReplaceWhatAnInterruptedWriteLeft() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        Files.createDirectories(root.resolve(".unfinished-v1"));
        Files.writeString(root.resolve(".unfinished-v1/model.safetensors"), "half");
        assertThat(store.names()).isEmpty();

        try (Policy policy = TinyPolicies.random(3)) {
            store.write("v1", contents(policy));
        }

        assertThat(store.names()).containsExactly("v1");
        assertThat(root.resolve(".unfinished-v1")).doesNotExist();
    }

    @Test
    void shouldNameAMissingAnUnknownAndAMisshapenTensor() throws IOException {
        try (Policy policy = TinyPolicies.random(3)) {
            new DirectoryCheckpointStore(root).write("v1", contents(policy));
            Map<String, HostTensor> weights = policy.snapshot();
            String name = "model.layers.1.mlp.up_proj.weight";

            Map<String, HostTensor> missing = new LinkedHashMap<>(weights);
            missing.remove(name);
            assertRefused(missing, name + " is missing");

            Map<String, HostTensor> unknown = new LinkedHashMap<>(weights);
            unknown.put("model.extra", new HostTensor(new float[1], 1));
            assertRefused(unknown, "model.extra is not in this model");

            Map<String, HostTensor> misshapen = new LinkedHashMap<>(weights);
            misshapen.put(name, new HostTensor(weights.get(name).values(), 32, 48));
            assertRefused(misshapen, name + " has shape [32, 48], config.json needs [48, 32]");
        }
    }

    @Test
    void shouldSayWhatIsWrongWithASafetensorsFile() throws IOException {
        assertUnreadable(
                header("{\"a\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2), "a has dtype BF16");
        assertUnreadable(
                header("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8), "shape [3] needs 12");
        assertUnreadable(header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4), "truncated");
        assertUnreadable(
                header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9), "cover 4 bytes");
        assertUnreadable(header("{not json", 0), "header is not JSON");
        assertUnreadable(new byte[] {1, 2, 3}, "3 bytes");
        assertUnreadable(
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(99)
                        .array(),
                "header length is 99");
    }

    private void assertRefused(Map<String, HostTensor> weights, String words) throws IOException {
        Files.delete(root.resolve("v1/model.safetensors"));
        Safetensors.write(root.resolve("v1/model.safetensors"), weights);
        assertThatThrownBy(() -> Policy.load(root.resolve("v1"), Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining(words);
    }

    private void assertUnreadable(byte[] bytes, String words) throws IOException {
        Path file = root.resolve("broken.safetensors");
        Files.write(file, bytes);
        assertThatThrownBy(() -> Safetensors.read(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("broken.safetensors")
                .hasMessageContaining(words);
    }

    private static byte[] header(String json, int dataBytes) {
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        return Arrays.copyOf(file.array(), file.capacity());
    }

    private static CheckpointContents contents(Policy policy) {
        return new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of());
    }
}
