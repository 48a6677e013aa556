package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Shape of a decoder. {@link ModelFamily} translates it from and to a Hugging Face {@code config.json}.
 *
 * @param family name of the {@link ModelFamily}
 * @param vocabularySize number of token ids
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the SwiGLU
 * @param layers decoder layers
 * @param heads query heads
 * @param keyValueHeads key/value heads; heads is divisible by it
 * @param headSize width of one attention head; even
 * @param maxPositions maximum sequence length in tokens
 * @param rmsNormEps added to the mean square in RMSNorm
 * @param rope position embedding
 * @param tiedEmbeddings true if the output projection shares the embedding's weights
 * @param initializerRange standard deviation of fresh weights
 * @param features optional parts of every layer
 * @param otherFields fields of {@code config.json} that mean nothing here; written back as they were
 */
public record ModelConfig(
        String family,
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headSize,
        int maxPositions,
        double rmsNormEps,
        Rope rope,
        boolean tiedEmbeddings,
        double initializerRange,
        Set<Feature> features,
        Map<String, JsonNode> otherFields) {

    public ModelConfig {
        features = Set.copyOf(features);
        otherFields = Collections.unmodifiableMap(new LinkedHashMap<>(otherFields));
        positive("vocab_size", vocabularySize);
        positive("hidden_size", hiddenSize);
        positive("intermediate_size", intermediateSize);
        positive("num_hidden_layers", layers);
        positive("num_attention_heads", heads);
        positive("num_key_value_heads", keyValueHeads);
        positive("max_position_embeddings", maxPositions);
        if (headSize <= 0 || headSize % 2 != 0) {
            throw new IllegalArgumentException("head_dim is " + headSize
                    + "; an even number above 0 is needed (by default hidden_size over num_attention_heads)");
        }
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "num_attention_heads " + heads + " must be a multiple of num_key_value_heads " + keyValueHeads);
        }
    }

    /** A plain decoder of the Llama family; hiddenSize is a multiple of heads. */
    public ModelConfig(
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
        this(
                LlamaFamily.NAME,
                vocabularySize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                keyValueHeads,
                headSize(hiddenSize, heads),
                maxPositions,
                rmsNormEps,
                new Rope(ropeTheta, UniformScaling.NONE),
                tiedEmbeddings,
                initializerRange,
                Set.of(),
                Map.of());
    }

    private static int headSize(int hiddenSize, int heads) {
        if (heads <= 0 || hiddenSize % heads != 0) {
            throw new IllegalArgumentException(
                    "hidden_size " + hiddenSize + " is not a multiple of" + " num_attention_heads " + heads);
        }
        return hiddenSize / heads;
    }

    /** True if every layer has this part. */
    public boolean has(Feature feature) {
        return features.contains(feature);
    }

    ModelConfig withOtherFields(Map<String, JsonNode> fields) {
        return new ModelConfig(
                family,
                vocabularySize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                keyValueHeads,
                headSize,
                maxPositions,
                rmsNormEps,
                rope,
                tiedEmbeddings,
                initializerRange,
                features,
                fields);
    }

    /** Every parameter's Hugging Face name and shape, in the order of the forward pass. */
    public Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        long querySize = (long) heads * headSize;
        long keyValueSize = (long) keyValueHeads * headSize;
        boolean projectionBias = has(Feature.QUERY_KEY_VALUE_BIAS);
        boolean mlpBias = has(Feature.MLP_BIAS);
        shapes.put("model.embed_tokens.weight", new long[] {vocabularySize, hiddenSize});
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            shapes.put(prefix + "input_layernorm.weight", new long[] {hiddenSize});
            linear(shapes, prefix + "self_attn.q_proj", querySize, hiddenSize, projectionBias);
            linear(shapes, prefix + "self_attn.k_proj", keyValueSize, hiddenSize, projectionBias);
            linear(shapes, prefix + "self_attn.v_proj", keyValueSize, hiddenSize, projectionBias);
            if (has(Feature.QUERY_KEY_NORM)) {
                shapes.put(prefix + "self_attn.q_norm.weight", new long[] {headSize});
                shapes.put(prefix + "self_attn.k_norm.weight", new long[] {headSize});
            }
            linear(shapes, prefix + "self_attn.o_proj", hiddenSize, querySize, has(Feature.ATTENTION_OUTPUT_BIAS));
            shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hiddenSize});
            linear(shapes, prefix + "mlp.gate_proj", intermediateSize, hiddenSize, mlpBias);
            linear(shapes, prefix + "mlp.up_proj", intermediateSize, hiddenSize, mlpBias);
            linear(shapes, prefix + "mlp.down_proj", hiddenSize, intermediateSize, mlpBias);
        }
        shapes.put("model.norm.weight", new long[] {hiddenSize});
        if (!tiedEmbeddings) {
            shapes.put("lm_head.weight", new long[] {vocabularySize, hiddenSize});
        }
        return shapes;
    }

    private static void linear(Map<String, long[]> shapes, String name, long out, long in, boolean bias) {
        shapes.put(name + ".weight", new long[] {out, in});
        if (bias) {
            shapes.put(name + ".bias", new long[] {out});
        }
    }

    private static void positive(String field, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(field + " is " + value + "; it must be positive");
        }
    }
}
