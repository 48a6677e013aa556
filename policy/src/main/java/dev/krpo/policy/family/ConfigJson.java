package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * Fields of a {@code config.json}, as transformers reads them: null is the same as absent. Every method throws
 * {@link IllegalArgumentException} with the field, its value and the remedy.
 */
public final class ConfigJson {

    private static final String FULL_ATTENTION = "full_attention";

    private final JsonNode json;
    /** Precedes the fields in messages. */
    private final String prefix;

    ConfigJson(JsonNode json) {
        this(json, "");
    }

    private ConfigJson(JsonNode json, String prefix) {
        this.json = json;
        this.prefix = prefix;
    }

    /** A nested object; empty if it is absent. */
    ConfigJson object(String field) {
        JsonNode value = json.path(field);
        if (!absent(field) && !value.isObject()) {
            throw wrong(field, "an object is needed");
        }
        return new ConfigJson(value, prefix + field + ".");
    }

    boolean absent(String field) {
        return json.path(field).isMissingNode() || json.path(field).isNull();
    }

    /** True if the field is present, and null. */
    public boolean isNull(String field) {
        return json.path(field).isNull();
    }

    /** Rejects a configuration without this field; for families whose default depends on the version. */
    public void required(String field) {
        if (absent(field)) {
            throw new IllegalArgumentException(prefix + field + " is missing; add it to the file");
        }
    }

    /** Rejects every value but this one. An absent field means this value. */
    public void only(String field, String allowed) {
        if (!absent(field) && !json.get(field).asText().equals(allowed)) {
            throw wrong(field, "this decoder supports only " + allowed);
        }
    }

    /** A required whole number above 0. */
    public int count(String field) {
        if (!json.path(field).isInt() || json.get(field).asInt() <= 0) {
            throw wrong(field, "a whole number above 0 is needed");
        }
        return json.get(field).asInt();
    }

    /** As {@link #count(String)}, with a default. */
    public int count(String field, int byDefault) {
        return absent(field) ? byDefault : count(field);
    }

    double number(String field) {
        if (!json.path(field).isNumber()) {
            throw wrong(field, "a number is needed");
        }
        return json.get(field).asDouble();
    }

    /** A number, with a default. */
    public double number(String field, double byDefault) {
        return absent(field) ? byDefault : number(field);
    }

    /** True or false, with a default. */
    public boolean flag(String field, boolean byDefault) {
        if (absent(field)) {
            return byDefault;
        }
        if (!json.get(field).isBoolean()) {
            throw wrong(field, "true or false is needed");
        }
        return json.get(field).asBoolean();
    }

    String text(String field, String byDefault) {
        return absent(field) ? byDefault : json.get(field).asText();
    }

    /** Rejects every other field of an object. */
    void only(Set<String> fields) {
        json.fieldNames().forEachRemaining(field -> {
            if (!fields.contains(field)) {
                throw wrong(field, "this field is not supported");
            }
        });
    }

    /** The decoder that the fields common to all families describe. */
    public ModelConfig decoder(String family, Set<Feature> features) {
        only("hidden_act", "silu");
        if (!absent("quantization_config")) {
            throw wrong("quantization_config", "quantised weights are not supported, use the original model");
        }
        for (JsonNode layer : json.path("layer_types")) {
            if (!layer.asText().equals(FULL_ATTENTION)) {
                throw wrong("layer_types", "this decoder supports only " + FULL_ATTENTION);
            }
        }
        int hidden = count("hidden_size");
        int heads = count("num_attention_heads");
        if (absent("head_dim") && hidden % heads != 0) {
            throw new IllegalArgumentException("hidden_size " + hidden + " is not a multiple of num_attention_heads "
                    + heads + ", and head_dim is missing");
        }
        Rope rope = Rope.read(this);
        return new ModelConfig(
                family,
                count("vocab_size"),
                hidden,
                count("intermediate_size"),
                count("num_hidden_layers"),
                heads,
                count("num_key_value_heads", heads),
                count("head_dim", hidden / heads),
                count("max_position_embeddings"),
                number("rms_norm_eps", 1e-6),
                rope,
                flag("tie_word_embeddings", false),
                number("initializer_range", 0.02),
                features,
                Map.of());
    }

    /** Writes the fields that {@link #decoder} reads. */
    public static void write(ModelConfig config, String architecture, ObjectNode json) {
        json.putArray("architectures").add(architecture);
        json.put("model_type", config.family());
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("num_hidden_layers", config.layers());
        json.put("num_attention_heads", config.heads());
        json.put("num_key_value_heads", config.keyValueHeads());
        if (config.headSize() * config.heads() != config.hiddenSize()) {
            json.put("head_dim", config.headSize());
        }
        json.put("max_position_embeddings", config.maxPositions());
        json.put("rms_norm_eps", config.rmsNormEps());
        config.rope().write(json);
        json.put("tie_word_embeddings", config.tiedEmbeddings());
        json.put("initializer_range", config.initializerRange());
        json.put("hidden_act", "silu");
    }

    IllegalArgumentException wrong(String field, String remedy) {
        return new IllegalArgumentException(prefix + field + " is " + json.path(field) + "; " + remedy);
    }
}
