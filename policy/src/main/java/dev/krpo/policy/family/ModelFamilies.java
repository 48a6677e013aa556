package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;

/** Reads and writes a {@code config.json} with the family that its {@code model_type} names. */
public final class ModelFamilies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<ModelFamily> ALL =
            ServiceLoader.load(ModelFamily.class, ModelFamily.class.getClassLoader()).stream()
                    .map(Provider::get)
                    .toList();

    private ModelFamilies() {}

    /**
     * Reads a {@code config.json}.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if no family supports it, or a field is invalid, naming file and field
     */
    public static ModelConfig load(Path configJson) throws IOException {
        JsonNode json = JSON.readTree(configJson.toFile());
        ModelFamily family = named(json.path("model_type").asText())
                .orElseThrow(() -> new IllegalArgumentException(configJson + ": model_type is "
                        + json.path("model_type") + "; only "
                        + String.join(
                                ", ",
                                ALL.stream().map(one -> '"' + one.name() + '"').toList())
                        + " is supported"));
        try {
            return family.read(json);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(configJson + ": " + e.getMessage(), e);
        }
    }

    /** The text of a {@code config.json} that transformers reads, with the ids of the special tokens. */
    public static String toJson(ModelConfig config, int bosId, int eosId, int padId) {
        ObjectNode json = JSON.createObjectNode();
        named(config.family()).orElseThrow().write(config, json);
        json.put("torch_dtype", "float32");
        json.put("bos_token_id", bosId);
        json.put("eos_token_id", eosId);
        json.put("pad_token_id", padId);
        return json.toPrettyString() + "\n";
    }

    private static Optional<ModelFamily> named(String modelType) {
        return ALL.stream().filter(family -> family.name().equals(modelType)).findFirst();
    }
}
