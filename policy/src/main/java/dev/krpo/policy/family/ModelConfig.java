package dev.krpo.policy.family;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Shape of a decoder. {@link ModelFamily} translates it from and to a Hugging Face {@code config.json}.
 *
 * @param family name of the {@link ModelFamily}
 * @param vocabularySize number of token ids
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the SwiGLU
 * @param layers decoder layers
 * @param heads query heads; hiddenSize is divisible by it
 * @param keyValueHeads key/value heads; heads is divisible by it
 * @param maxPositions maximum sequence length in tokens
 * @param rmsNormEps added to the mean square in RMSNorm
 * @param ropeTheta base of the rotary frequencies
 * @param tiedEmbeddings true if the output projection shares the embedding's weights
 * @param initializerRange standard deviation of fresh weights
 */
public record ModelConfig(
        String family,
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

    /** A decoder of the Llama family. */
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
                maxPositions,
                rmsNormEps,
                ropeTheta,
                tiedEmbeddings,
                initializerRange);
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

    private static void positive(String field, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(field + " is " + value + "; it must be positive");
        }
    }
}
