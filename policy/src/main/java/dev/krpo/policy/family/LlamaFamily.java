package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Llama without biases and without scaled rotary frequencies. */
public final class LlamaFamily implements ModelFamily {

    static final String NAME = "llama";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public ModelConfig read(JsonNode json) {
        onlyAllowed(json, "hidden_act", "silu");
        onlyAllowed(json, "attention_bias", "false");
        onlyAllowed(json, "mlp_bias", "false");
        onlyAllowed(json, "rope_scaling", "null");
        onlyAllowed(json.path("rope_parameters"), "rope_type", "default");
        int heads = intOf(json, "num_attention_heads");
        ModelConfig config = new ModelConfig(
                intOf(json, "vocab_size"),
                intOf(json, "hidden_size"),
                intOf(json, "intermediate_size"),
                intOf(json, "num_hidden_layers"),
                heads,
                json.path("num_key_value_heads").asInt(heads),
                intOf(json, "max_position_embeddings"),
                json.path("rms_norm_eps").asDouble(1e-6),
                json.path("rope_theta")
                        .asDouble(
                                json.path("rope_parameters").path("rope_theta").asDouble(10_000)),
                json.path("tie_word_embeddings").asBoolean(false),
                json.path("initializer_range").asDouble(0.02));
        onlyAllowed(json, "head_dim", Integer.toString(config.headSize()));
        return config;
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("model_type", NAME);
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("num_hidden_layers", config.layers());
        json.put("num_attention_heads", config.heads());
        json.put("num_key_value_heads", config.keyValueHeads());
        json.put("max_position_embeddings", config.maxPositions());
        json.put("rms_norm_eps", config.rmsNormEps());
        json.put("rope_theta", config.ropeTheta());
        json.put("tie_word_embeddings", config.tiedEmbeddings());
        json.put("initializer_range", config.initializerRange());
        json.put("hidden_act", "silu");
        json.put("attention_bias", false);
        json.put("mlp_bias", false);
    }

    /** An absent field means the default, which is the only value this decoder implements. */
    private static void onlyAllowed(JsonNode json, String field, String allowed) {
        JsonNode value = json.path(field);
        if (!value.isMissingNode() && !value.isNull() && !value.asText().equals(allowed)) {
            throw new IllegalArgumentException(field + " is " + value + "; this decoder supports only " + allowed);
        }
    }

    private static int intOf(JsonNode json, String field) {
        if (!json.path(field).isInt()) {
            throw new IllegalArgumentException(field + " is " + json.path(field) + "; a whole number is needed");
        }
        return json.get(field).asInt();
    }
}
