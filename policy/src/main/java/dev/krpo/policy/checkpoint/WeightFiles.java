package dev.krpo.policy.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The weights of a Hugging Face directory: {@code model.safetensors}, or several files that
 * {@code model.safetensors.index.json} lists. Opening reads only the headers. Not thread-safe.
 */
public final class WeightFiles implements Weights {

    static final String SINGLE = "model.safetensors";
    static final String INDEX = SINGLE + ".index.json";
    /** The field of the index that names the file of each tensor. */
    static final String MAP = "weight_map";

    private static final JsonMapper JSON = new JsonMapper();

    private final Path origin;
    private final Map<String, SafetensorsReader> files;
    private final FloatWindow window = new FloatWindow();

    private WeightFiles(Path origin, Map<String, SafetensorsReader> files) {
        this.origin = origin;
        this.files = files;
    }

    /**
     * Reads and checks the headers of all files.
     *
     * @throws IOException if a file is missing or cannot be read
     * @throws CheckpointException if a file is malformed, or the index does not match the files, naming the tensors
     */
    public static WeightFiles open(Path directory) throws IOException {
        Path single = directory.resolve(SINGLE);
        Path index = directory.resolve(INDEX);
        if (Files.exists(single)) {
            SafetensorsReader reader = SafetensorsReader.open(single);
            Map<String, SafetensorsReader> files = new LinkedHashMap<>();
            reader.names().forEach(name -> files.put(name, reader));
            return new WeightFiles(single, files);
        }
        if (Files.exists(index)) {
            return new WeightFiles(index, sharded(directory, index));
        }
        throw new CheckpointException(directory + " has neither " + SINGLE + " nor " + INDEX
                + "; save_pretrained of transformers writes them");
    }

    /** The file whose SHA-256 identifies the weights: the single file if there is no index. */
    static Path identity(Path directory) {
        Path index = directory.resolve(INDEX);
        Path single = directory.resolve(SINGLE);
        return Files.exists(index) && !Files.exists(single) ? index : single;
    }

    /** Bytes of all files that {@link #identity} identifies. */
    static long sizeBytes(Path directory) throws IOException {
        Path identity = identity(directory);
        long bytes = Files.size(identity);
        for (String shard : hashes(identity).keySet()) {
            bytes += Files.size(directory.resolve(shard));
        }
        return bytes;
    }

    /**
     * Compares the hash of every file with the announced one.
     *
     * @throws CheckpointException naming the file and both hashes
     */
    static void verify(Path directory, String sha256) throws IOException {
        Path identity = identity(directory);
        CheckpointContents.verify(identity, sha256);
        for (Map.Entry<String, String> shard : hashes(identity).entrySet()) {
            CheckpointContents.verify(directory.resolve(shard.getKey()), shard.getValue());
        }
    }

    private static Map<String, String> hashes(Path identity) throws IOException {
        Map<String, String> hashes = new LinkedHashMap<>();
        if (identity.endsWith(INDEX)) {
            JSON.readTree(identity.toFile())
                    .path("metadata")
                    .path(WeightShards.HASHES)
                    .properties()
                    .forEach(hash -> hashes.put(hash.getKey(), hash.getValue().asText()));
        }
        return hashes;
    }

    private static Map<String, SafetensorsReader> sharded(Path directory, Path index) throws IOException {
        JsonNode map = JSON.readTree(index.toFile()).path(MAP);
        Map<String, SafetensorsReader> shards = new TreeMap<>();
        Map<String, SafetensorsReader> files = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String name = entry.getKey();
            String shard = entry.getValue().asText();
            if (!shards.containsKey(shard)) {
                shards.put(shard, open(directory, index, shard));
            }
            if (!shards.get(shard).names().contains(name)) {
                problems.add("tensor " + name + " is not in " + shard);
            }
            files.put(name, shards.get(shard));
        }
        shards.forEach((shard, reader) -> reader.names().stream()
                .filter(name -> files.get(name) != reader)
                .forEach(name -> problems.add("tensor " + name + " of " + shard + " is not in weight_map")));
        if (files.isEmpty()) {
            problems.add("weight_map is " + map + "; an object with a file name for every tensor is needed");
        }
        if (!problems.isEmpty()) {
            throw new CheckpointException(index + ": " + String.join("; ", problems));
        }
        return files;
    }

    private static SafetensorsReader open(Path directory, Path index, String shard) throws IOException {
        Path file = directory.resolve(shard).normalize();
        if (!directory.normalize().equals(file.getParent())) {
            throw new CheckpointException(
                    index + ": weight_map names the file \"" + shard + "\"; a plain file name is needed");
        }
        try {
            return SafetensorsReader.open(file);
        } catch (NoSuchFileException e) {
            throw new CheckpointException(file + ", which " + INDEX + " lists, is missing", e);
        }
    }

    @Override
    public String origin() {
        return origin.toString();
    }

    @Override
    public Map<String, long[]> shapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        files.forEach((name, reader) -> shapes.put(name, reader.shape(name)));
        return shapes;
    }

    /** All tensors, in the JVM's memory. */
    Map<String, HostTensor> read() throws IOException {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, SafetensorsReader> tensor : files.entrySet()) {
            tensors.put(tensor.getKey(), tensor.getValue().floats(tensor.getKey(), window));
        }
        return tensors;
    }

    @Override
    public NDArray array(String name, NDManager manager) throws IOException {
        return files.get(name).array(name, manager, window);
    }
}
