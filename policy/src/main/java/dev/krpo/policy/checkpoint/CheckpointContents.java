package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Contents of a checkpoint directory: a Hugging Face model, plus the state needed to resume training.
 *
 * @param config written to {@code config.json}
 * @param tokenizer written to {@code tokenizer.json} and, for transformers, {@code tokenizer_config.json},
 *     {@code special_tokens_map.json} and {@code generation_config.json}
 * @param weights written to {@code model.safetensors}, or above 5 GB to several files, by Hugging Face name
 * @param optimizer written to {@code optimizer.safetensors}, its hash to {@code krpo.json}; empty for a bare model
 * @param metadata further key-value pairs, written to {@code krpo.json}
 * @param type to round the weights to
 */
public record CheckpointContents(
        ModelConfig config,
        Tokenizer tokenizer,
        Map<String, HostTensor> weights,
        Map<String, HostTensor> optimizer,
        Map<String, String> metadata,
        WeightType type) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String EXTRAS = "krpo.json";
    private static final String OPTIMIZER_HASH = "optimizerSha256";

    /** With float32 weights, as every version has. */
    public CheckpointContents(
            ModelConfig config,
            Tokenizer tokenizer,
            Map<String, HostTensor> weights,
            Map<String, HostTensor> optimizer,
            Map<String, String> metadata) {
        this(config, tokenizer, weights, optimizer, metadata, WeightType.FLOAT32);
    }

    /** Without metadata. */
    public CheckpointContents(
            ModelConfig config,
            Tokenizer tokenizer,
            Map<String, HostTensor> weights,
            Map<String, HostTensor> optimizer) {
        this(config, tokenizer, weights, optimizer, Map.of());
    }

    /**
     * Reads a directory that a {@link CheckpointStore} wrote; the hash of the optimizer state is checked.
     *
     * @throws CheckpointException if a file is missing, malformed, or not the one written with the weights, naming it
     */
    public static CheckpointContents read(Path directory) {
        try {
            JsonNode extras = JSON.readTree(directory.resolve(EXTRAS).toFile());
            Map<String, HostTensor> optimizer = Map.of();
            if (extras.hasNonNull(OPTIMIZER_HASH)) {
                Path file = directory.resolve(DirectoryCheckpointStore.OPTIMIZER);
                verify(file, extras.get(OPTIMIZER_HASH).asText());
                optimizer = SafetensorsReader.read(file);
            }
            return new CheckpointContents(
                    ModelFamilies.load(directory.resolve(DirectoryCheckpointStore.CONFIG)),
                    Tokenizers.load(directory.resolve(DirectoryCheckpointStore.TOKENIZER)),
                    WeightFiles.open(directory).read(),
                    optimizer,
                    JSON.convertValue(extras.path("metadata"), new TypeReference<LinkedHashMap<String, String>>() {}));
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(
                    "Checkpoint " + directory + " cannot be read: " + CheckpointException.reason(e), e);
        }
    }

    /**
     * The model in a directory, whether a {@link CheckpointStore} wrote it or not, without the optimizer state.
     *
     * @param type to round the weights to; empty for that of the base model
     * @throws CheckpointException if a file is missing or malformed, naming it
     */
    public static CheckpointContents model(Path directory, Optional<WeightType> type) {
        try {
            ModelConfig config = ModelFamilies.load(directory.resolve(DirectoryCheckpointStore.CONFIG));
            return new CheckpointContents(
                    config,
                    Tokenizers.load(directory.resolve(DirectoryCheckpointStore.TOKENIZER)),
                    WeightFiles.open(directory).read(),
                    Map.of(),
                    Map.of("exportedFrom", directory.toString()),
                    type.orElseGet(() -> WeightType.named(ModelFamilies.baseType(config))));
        } catch (IOException | IllegalArgumentException e) {
            throw new CheckpointException(
                    "The model in " + directory + " cannot be read: " + CheckpointException.reason(e), e);
        }
    }

    /** Writes every file into an existing, empty directory and forces it to the disk. */
    void write(Path directory) throws IOException {
        write(directory, WeightShards.MAX_BYTES);
    }

    /** @param maxBytes of a file of weights */
    void write(Path directory, long maxBytes) throws IOException {
        writeText(
                directory.resolve(DirectoryCheckpointStore.CONFIG),
                ModelFamilies.toJson(
                        config, type.torchName(), tokenizer.bosId(), tokenizer.eosId(), tokenizer.padId()));
        for (Map.Entry<String, byte[]> file :
                TransformersFiles.of(tokenizer, config.maxPositions()).entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            writeBytes(path, file.getValue());
        }
        ObjectNode extras = JSON.createObjectNode();
        extras.set("metadata", JSON.valueToTree(metadata));
        if (!optimizer.isEmpty()) {
            Path file = directory.resolve(DirectoryCheckpointStore.OPTIMIZER);
            SafetensorsWriter.write(file, optimizer);
            extras.put(OPTIMIZER_HASH, sha256(file));
        }
        writeText(directory.resolve(EXTRAS), extras.toPrettyString() + "\n");
        WeightShards.write(directory, weights, type, maxBytes);
        DirectoryCheckpointStore.force(directory);
    }

    static void writeText(Path file, String text) throws IOException {
        writeBytes(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void writeBytes(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Compares a file's hash with the one announced. */
    static void verify(Path file, String expected) throws IOException {
        String actual = sha256(file);
        if (!actual.equals(expected)) {
            throw new CheckpointException(file + " has SHA-256 " + actual + ", but " + expected
                    + " was announced; the file was damaged or replaced");
        }
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Lower-case hexadecimal. */
    static String sha256(Path file) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
