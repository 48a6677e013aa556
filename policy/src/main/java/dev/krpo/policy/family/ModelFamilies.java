package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import java.util.Set;

/** Reads and writes a {@code config.json} with the family that its {@code model_type} names. */
public final class ModelFamilies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<ModelFamily> ALL =
            ServiceLoader.load(ModelFamily.class, ModelFamily.class.getClassLoader()).stream()
                    .map(Provider::get)
                    .toList();
    /** Fields that describe the weights' file or the tokenizer, and not the model. */
    private static final Set<String> NOT_THE_MODEL =
            Set.of("torch_dtype", "dtype", "bos_token_id", "eos_token_id", "pad_token_id");

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
                        + " are supported"));
        try {
            ModelConfig config = family.read(new ConfigJson(json));
            return config.withOtherFields(others(json, family, config));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(configJson + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, JsonNode> others(JsonNode json, ModelFamily family, ModelConfig config) {
        ObjectNode written = JSON.createObjectNode();
        family.write(config, written);
        Map<String, JsonNode> others = new LinkedHashMap<>();
        json.properties().forEach(field -> {
            String name = field.getKey();
            if (!written.has(name) && !NOT_THE_MODEL.contains(name) && !Rope.reads(name)) {
                others.put(name, field.getValue());
            }
        });
        return others;
    }

    /** The text of a {@code config.json} that transformers reads, with the ids of the special tokens. */
    public static String toJson(ModelConfig config, int bosId, int eosId, int padId) {
        ObjectNode json = JSON.createObjectNode();
        named(config.family()).orElseThrow().write(config, json);
        json.put("torch_dtype", "float32");
        json.put("bos_token_id", bosId);
        json.put("eos_token_id", eosId);
        json.put("pad_token_id", padId);
        json.setAll(config.otherFields());
        return json.toPrettyString() + "\n";
    }

    private static Optional<ModelFamily> named(String modelType) {
        return ALL.stream().filter(family -> family.name().equals(modelType)).findFirst();
    }
}
