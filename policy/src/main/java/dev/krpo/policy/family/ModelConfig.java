package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shape of a Llama-like decoder, named as in a Hugging Face {@code config.json}.
 *
 * @param vocabularySize number of token ids
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the SwiGLU
 * @param layers decoder layers
 * @param heads query heads; hiddenSize is divisible by it
 * @param keyValueHeads key/value heads; heads is divisible by it
 * @param maxPositions longest sequence in tokens
 * @param rmsNormEps added to the mean square in RMSNorm
 * @param ropeTheta base of the rotary frequencies
 * @param tiedEmbeddings whether the output projection is the embedding
 * @param initializerRange standard deviation of fresh weights
 */
public record ModelConfig(
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int keyValueHeads,
        int maxPositions,
        double rmsNormEps,
        double ropeTheta,
        boolean tiedEmbeddings,
        double initializerRange) {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    public ModelConfig {
        positive("vocab_size", vocabularySize);
        positive("hidden_size", hiddenSize);
        positive("intermediate_size", intermediateSize);
        positive("num_hidden_layers", layers);
        positive("num_attention_heads", heads);
        positive("num_key_value_heads", keyValueHeads);
        positive("max_position_embeddings", maxPositions);
        if (hiddenSize % heads != 0 || (hiddenSize / heads) % 2 != 0) {
            throw new IllegalArgumentException("hidden_size " + hiddenSize + " over num_attention_heads " + heads
                    + " must be a whole, even head size");
        }
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "num_attention_heads " + heads + " must be a multiple of num_key_value_heads " + keyValueHeads);
        }
    }

    /** Width of one attention head. */
    public int headSize() {
        return hiddenSize / heads;
    }

    /** Every parameter's Hugging Face name and shape, in the order of the forward pass. */
    public Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        long keyValueSize = (long) keyValueHeads * headSize();
        shapes.put("model.embed_tokens.weight", new long[] {vocabularySize, hiddenSize});
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            shapes.put(prefix + "input_layernorm.weight", new long[] {hiddenSize});
            shapes.put(prefix + "self_attn.q_proj.weight", new long[] {hiddenSize, hiddenSize});
            shapes.put(prefix + "self_attn.k_proj.weight", new long[] {keyValueSize, hiddenSize});
            shapes.put(prefix + "self_attn.v_proj.weight", new long[] {keyValueSize, hiddenSize});
            shapes.put(prefix + "self_attn.o_proj.weight", new long[] {hiddenSize, hiddenSize});
            shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hiddenSize});
            shapes.put(prefix + "mlp.gate_proj.weight", new long[] {intermediateSize, hiddenSize});
            shapes.put(prefix + "mlp.up_proj.weight", new long[] {intermediateSize, hiddenSize});
            shapes.put(prefix + "mlp.down_proj.weight", new long[] {hiddenSize, intermediateSize});
        }
        shapes.put("model.norm.weight", new long[] {hiddenSize});
        if (!tiedEmbeddings) {
            shapes.put("lm_head.weight", new long[] {vocabularySize, hiddenSize});
        }
        return shapes;
    }

    /**
     * Reads a {@code config.json}.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if a field is missing or of no Llama-shaped model, naming file and field
     */
    public static ModelConfig load(Path configJson) throws IOException {
        JsonNode json = JSON.readTree(configJson.toFile());
        JsonNode type = json.path("model_type");
        if (!type.asText().equals("llama")) {
            throw new IllegalArgumentException(
                    configJson + ": model_type is " + type + "; only \"llama\" is supported");
        }
        try {
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
                            .asDouble(json.path("rope_parameters")
                                    .path("rope_theta")
                                    .asDouble(10_000)),
                    json.path("tie_word_embeddings").asBoolean(false),
                    json.path("initializer_range").asDouble(0.02));
            onlyAllowed(json, "head_dim", Integer.toString(config.headSize()));
            return config;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(configJson + ": " + e.getMessage(), e);
        }
    }

    /** The text of a {@code config.json} that transformers reads, with the ids of the special tokens. */
    public String toJson(int bosId, int eosId, int padId) {
        ObjectNode json = JSON.createObjectNode();
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("model_type", "llama");
        json.put("vocab_size", vocabularySize);
        json.put("hidden_size", hiddenSize);
        json.put("intermediate_size", intermediateSize);
        json.put("num_hidden_layers", layers);
        json.put("num_attention_heads", heads);
        json.put("num_key_value_heads", keyValueHeads);
        json.put("max_position_embeddings", maxPositions);
        json.put("rms_norm_eps", rmsNormEps);
        json.put("rope_theta", ropeTheta);
        json.put("tie_word_embeddings", tiedEmbeddings);
        json.put("initializer_range", initializerRange);
        json.put("hidden_act", "silu");
        json.put("attention_bias", false);
        json.put("mlp_bias", false);
        json.put("torch_dtype", "float32");
        json.put("bos_token_id", bosId);
        json.put("eos_token_id", eosId);
        json.put("pad_token_id", padId);
        return json.toPrettyString() + "\n";
    }

    /** An absent field means the default, which is the one value this decoder implements. */
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

    private static void positive(String field, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(field + " is " + value + "; it must be positive");
        }
    }
}
