package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.krpo.settings.Services;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Reads and writes a {@code config.json} with the family that its {@code model_type} names. */
public final class ModelFamilies {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Services<ModelFamily> ALL = Services.of(ModelFamily.class, "model family");
    /** Fields that describe the file of the weights. */
    private static final Set<String> TYPE = Set.of("torch_dtype", "dtype");

    /** The type of the base model's weights, where a version has another one. */
    private static final String BASE_TYPE = "base_torch_dtype";

    private static final String FLOAT32 = "float32";

    private ModelFamilies() {}

    /**
     * Reads a {@code config.json}.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if no family supports it, or a field is invalid, naming file and field
     */
    public static ModelConfig load(Path configJson) throws IOException {
        JsonNode json = JSON.readTree(configJson.toFile());
        ModelFamily family = family(configJson, json.path("model_type"));
        try {
            ModelConfig config = family.read(new ConfigJson(json));
            return config.withOtherFields(others(json, family, config));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(configJson + ": " + e.getMessage(), e);
        }
    }

    private static ModelFamily family(Path configJson, JsonNode type) {
        try {
            return ALL.named(type.asText());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(configJson + ": model_type is " + type + "; " + e.getMessage(), e);
        }
    }

    private static Map<String, JsonNode> others(JsonNode json, ModelFamily family, ModelConfig config) {
        ObjectNode written = JSON.createObjectNode();
        family.write(config, written);
        Map<String, JsonNode> others = new LinkedHashMap<>();
        json.properties().forEach(field -> {
            String name = field.getKey();
            if (!written.has(name) && !TYPE.contains(name) && !Rope.reads(name)) {
                others.put(name, field.getValue());
            }
        });
        String type = json.path("torch_dtype").asText(json.path("dtype").asText(FLOAT32));
        if (!type.equals(FLOAT32)) {
            others.put(BASE_TYPE, TextNode.valueOf(type));
        }
        return others;
    }

    /** The {@code torch_dtype} of the base model that this configuration came from. */
    public static String baseType(ModelConfig config) {
        JsonNode type = config.otherFields().get(BASE_TYPE);
        return type == null ? FLOAT32 : type.asText();
    }

    /**
     * The text of a {@code config.json} that transformers reads. The ids of the special tokens are those of the base
     * model, if it has any.
     *
     * @param type the {@code torch_dtype} of the weights
     * @param bosId empty if the tokenizer has no beginning token
     */
    public static String toJson(ModelConfig config, String type, OptionalInt bosId, int eosId, int padId) {
        ObjectNode json = JSON.createObjectNode();
        ALL.named(config.family()).write(config, json);
        json.put("torch_dtype", type);
        if (!config.otherFields().containsKey("eos_token_id")) {
            bosId.ifPresent(bos -> json.put("bos_token_id", bos));
            json.put("eos_token_id", eosId);
            json.put("pad_token_id", padId);
        }
        json.setAll(config.otherFields());
        if (!type.equals(FLOAT32)) {
            json.remove(BASE_TYPE);
        }
        return json.toPrettyString() + "\n";
    }
}
