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

    private static final String INDEX = DirectoryCheckpointStore.WEIGHTS + ".index.json";
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
        Path single = directory.resolve(DirectoryCheckpointStore.WEIGHTS);
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
        throw new CheckpointException(directory + " has neither " + DirectoryCheckpointStore.WEIGHTS + " nor " + INDEX
                + "; save_pretrained of transformers writes them");
    }

    private static Map<String, SafetensorsReader> sharded(Path directory, Path index) throws IOException {
        JsonNode map = JSON.readTree(index.toFile()).path("weight_map");
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

    @Override
    public NDArray array(String name, NDManager manager) throws IOException {
        return files.get(name).array(name, manager, window);
    }
}
