package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes weights as {@code save_pretrained} of transformers does: one file, or above 5 GB several with an index. The
 * index also has the SHA-256 of each file, so that its own SHA-256 identifies the weights.
 */
public final class WeightShards {

    static final long MAX_BYTES = 5_000_000_000L;
    static final String HASHES = "sha256";
    private static final JsonMapper JSON = new JsonMapper();

    private WeightShards() {}

    /** Writes the files into a directory and forces them to the disk. */
    static void write(Path directory, Map<String, HostTensor> weights, WeightType type, long maxBytes)
            throws IOException {
        int width = type.type().bytes();
        List<Map<String, HostTensor>> shards = split(weights, width, maxBytes);
        if (shards.size() == 1) {
            SafetensorsWriter.write(directory.resolve(WeightFiles.SINGLE), weights, type);
            return;
        }
        List<String> hashes = new ArrayList<>();
        for (int i = 0; i < shards.size(); i++) {
            Path file = directory.resolve(name(i, shards.size()));
            SafetensorsWriter.write(file, shards.get(i), type);
            hashes.add(CheckpointContents.sha256(file));
        }
        CheckpointContents.writeText(directory.resolve(WeightFiles.INDEX), index(shards, width, hashes));
    }

    /** The SHA-256 that identifies these weights, as float32, in a {@link CheckpointRef}, in lower-case hexadecimal. */
    public static String sha256(Map<String, HostTensor> weights) {
        return sha256(weights, MAX_BYTES);
    }

    static String sha256(Map<String, HostTensor> weights, long maxBytes) {
        List<Map<String, HostTensor>> shards = split(weights, Float.BYTES, maxBytes);
        if (shards.size() == 1) {
            return SafetensorsWriter.sha256(weights);
        }
        List<String> hashes = shards.stream().map(SafetensorsWriter::sha256).toList();
        byte[] index = index(shards, Float.BYTES, hashes).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(CheckpointContents.newDigest().digest(index));
    }

    /** Fills one file after another; only a single tensor may exceed the limit. */
    private static List<Map<String, HostTensor>> split(Map<String, HostTensor> weights, int width, long maxBytes) {
        List<Map<String, HostTensor>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
        long bytes = 0;
        for (Map.Entry<String, HostTensor> tensor : weights.entrySet()) {
            long size = (long) tensor.getValue().values().length * width;
            if (bytes > 0 && bytes + size > maxBytes) {
                shards.add(new LinkedHashMap<>());
                bytes = 0;
            }
            shards.get(shards.size() - 1).put(tensor.getKey(), tensor.getValue());
            bytes += size;
        }
        return shards;
    }

    private static String index(List<Map<String, HostTensor>> shards, int width, List<String> hashes) {
        ObjectNode json = JSON.createObjectNode();
        ObjectNode metadata = json.putObject("metadata");
        metadata.put(
                "total_size",
                shards.stream()
                        .flatMap(shard -> shard.values().stream())
                        .mapToLong(tensor -> (long) tensor.values().length * width)
                        .sum());
        ObjectNode sha256 = metadata.putObject(HASHES);
        ObjectNode map = json.putObject(WeightFiles.MAP);
        for (int i = 0; i < shards.size(); i++) {
            String file = name(i, shards.size());
            sha256.put(file, hashes.get(i));
            shards.get(i).keySet().forEach(name -> map.put(name, file));
        }
        return json.toPrettyString() + "\n";
    }

    private static String name(int index, int count) {
        return "model-%05d-of-%05d.safetensors".formatted(index + 1, count);
    }
}
