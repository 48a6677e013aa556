package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightFilesTest {

    @TempDir
    private Path folder;

    private Policy policy;

    @BeforeEach
    void open() throws IOException {
        policy = TinyPolicies.random(21, false);
        new DirectoryCheckpointStore(folder)
                .write("v", new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of()));
        folder = folder.resolve("v");
    }

    @AfterEach
    void close() {
        policy.close();
    }

    @Test
    void shouldLoadShardsAsOneFile() throws IOException {
        shard();

        try (Policy loaded = Policy.load(folder, Device.cpu())) {
            assertThat(loaded.snapshot()).isEqualTo(policy.snapshot());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model-00002-of-00002.safetensors |"
                        + " model-00003-of-00003.safetensors | model-00003-of-00003.safetensors,"
                        + " which model.safetensors.index.json lists, is missing",
                "model-00002-of-00002.safetensors | ../model.safetensors | a plain file name is needed",
                "model.norm.weight | model.norm.bias | tensor model.norm.bias is not in model-0000",
                "model.norm.weight | model.norm.bias | tensor model.norm.weight of model-0000",
                "weight_map | weights | weight_map is ; an object with a file name for every tensor is needed",
            })
    void shouldNameTheDefectOfTheIndex(String from, String to, String words) throws IOException {
        Path index = shard();
        Files.writeString(index, Files.readString(index).replace(from, to));

        assertThatThrownBy(() -> Policy.load(folder, Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(words);
    }

    @Test
    void shouldNameTheFormatThatIsNeededWhenThereIsNone() throws IOException {
        Files.move(folder.resolve("model.safetensors"), folder.resolve("pytorch_model.bin"));

        assertThatThrownBy(() -> Policy.load(folder, Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("has neither model.safetensors nor model.safetensors.index.json");
    }

    /** Longer than two windows, in each format. */
    @ParameterizedTest
    @CsvSource({"F32, 0x1p-20", "BF16, 0x1p-7", "F16, 0x1p-10"})
    void shouldReadTensorsOfAnyLengthInWindows(SafetensorsIndex.Type type, String precision) throws IOException {
        int length = 2 * FloatWindow.VALUES + 17;
        float[] expected = new float[length];
        ByteBuffer data = ByteBuffer.allocate(length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            expected[i] = (float) (1 + (i % 101) * Double.parseDouble(precision));
            int bits = Float.floatToRawIntBits(expected[i]);
            switch (type) {
                case F32 -> data.putInt(bits);
                case BF16 -> data.putShort((short) (bits >>> 16));
                default -> data.putShort((short) (0x3c00 | ((bits >>> 13) & 0x3ff)));
            }
        }
        Path file = folder.resolve("long.safetensors");
        String header = "{\"w\":{\"dtype\":\"%s\",\"shape\":[%d,1],\"data_offsets\":[0,%d]}}"
                .formatted(type, length, data.capacity());
        Files.write(
                file,
                ByteBuffer.allocate(8 + header.length() + data.capacity())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length())
                        .put(header.getBytes(StandardCharsets.UTF_8))
                        .put(data.flip())
                        .array());

        SafetensorsReader reader = SafetensorsReader.open(file);
        HostTensor onTheHeap = reader.floats("w");
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            HostTensor inTheEngine = HostTensor.of(reader.array("w", manager, new FloatWindow()));

            assertThat(onTheHeap.values()).isEqualTo(expected);
            assertThat(inTheEngine).isEqualTo(onTheHeap);
            assertThat(HostTensor.of(onTheHeap.array(manager))).isEqualTo(onTheHeap);
            assertThat(manager.getManagedArrays()).hasSize(2);
        }
    }

    @Test
    void shouldTolerateTensorsThatChangeNothing() throws IOException {
        try (Policy tied = TinyPolicies.random(22)) {
            Map<String, HostTensor> weights = new LinkedHashMap<>(tied.snapshot());
            weights.put("lm_head.weight", weights.get("model.embed_tokens.weight"));
            weights.put("model.layers.0.self_attn.rotary_emb.inv_freq", new HostTensor(new float[4], 4));

            try (Policy loaded = Policy.of(tied.config(), tied.tokenizer(), weights, Device.cpu())) {
                assertThat(loaded.snapshot()).isEqualTo(tied.snapshot());
            }
        }
    }

    @Test
    void shouldListEveryTensorThatDoesNotFit() {
        Map<String, HostTensor> weights = new LinkedHashMap<>(policy.snapshot());
        weights.remove("model.norm.weight");
        weights.put("model.layers.0.input_layernorm.weight", new HostTensor(new float[3], 3));
        weights.put("model.layers.0.self_attn.q_proj.bias", new HostTensor(new float[32], 32));

        assertThatThrownBy(() -> Policy.of(policy.config(), policy.tokenizer(), weights, Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor model.norm.weight is missing; config.json requires shape [32]")
                .hasMessageContaining("tensor model.layers.0.input_layernorm.weight has shape [3]")
                .hasMessageContaining("tensor model.layers.0.self_attn.q_proj.bias is not in this model");
    }

    @Test
    void shouldWriteSeveralFilesAboveTheLimitAndIdentifyThemByOneHash() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("sharded"));
        Map<String, HostTensor> weights = policy.snapshot();
        CheckpointContents contents = new CheckpointContents(policy.config(), policy.tokenizer(), weights, Map.of());

        contents.write(directory, 10_000);

        Path index = directory.resolve("model.safetensors.index.json");
        String sha256 = CheckpointContents.sha256(index);
        assertThat(WeightShards.sha256(weights, 10_000)).isEqualTo(sha256);
        assertThat(CheckpointContents.read(directory).weights()).isEqualTo(weights);
        assertThat(directory.resolve("model.safetensors")).doesNotExist();
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> shards = files.filter(
                            file -> file.getFileName().toString().startsWith("model-"))
                    .sorted()
                    .toList();
            assertThat(shards)
                    .hasSizeGreaterThan(3)
                    .allMatch(file -> file.toFile().length() < 11_000);
            assertThat(WeightFiles.sizeBytes(directory))
                    .isEqualTo(index.toFile().length()
                            + shards.stream()
                                    .mapToLong(file -> file.toFile().length())
                                    .sum());
            WeightFiles.verify(directory, sha256);
            damage(shards.get(1));
            assertThatThrownBy(() -> WeightFiles.verify(directory, sha256))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(shards.get(1) + " has SHA-256");
        }
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    /** Replaces the single file by two shards; gives the index. */
    private Path shard() throws IOException {
        Map<String, HostTensor> weights = policy.snapshot();
        List<String> names = new ArrayList<>(weights.keySet());
        StringBuilder map = new StringBuilder();
        for (int shard = 1; shard <= 2; shard++) {
            String file = "model-0000" + shard + "-of-00002.safetensors";
            Map<String, HostTensor> part = new LinkedHashMap<>();
            for (int i = shard - 1; i < names.size(); i += 2) {
                part.put(names.get(i), weights.get(names.get(i)));
                map.append(map.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(names.get(i), file));
            }
            SafetensorsWriter.write(folder.resolve(file), part);
        }
        Files.delete(folder.resolve("model.safetensors"));
        return Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}");
    }
}
