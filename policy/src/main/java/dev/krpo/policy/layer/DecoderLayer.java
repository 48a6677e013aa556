package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import dev.krpo.policy.family.ModelConfig;
import java.util.Map;

/**
 * One decoder layer of Llama (arXiv 2302.13971, section 2.2): attention and SwiGLU, each after a norm and in a residual
 * branch.
 */
final class DecoderLayer {

    private final boolean last;
    private final RmsNorm inputNorm;
    private final Attention attention;
    private final RmsNorm attentionNorm;
    private final SwiGlu swiGlu;

    DecoderLayer(ModelConfig config, int index, Map<String, NDArray> weights, NDArray epsilon) {
        last = index == config.layers() - 1;
        String prefix = "model.layers." + index + ".";
        inputNorm = new RmsNorm(weights.get(prefix + "input_layernorm.weight"), epsilon);
        attention = new Attention(config, index, weights, prefix + "self_attn.", epsilon);
        attentionNorm = new RmsNorm(weights.get(prefix + "post_attention_layernorm.weight"), epsilon);
        swiGlu = SwiGlu.of(weights, prefix + "mlp.");
    }

    /** {@code [batch, time, hidden]} to the same shape; only the last column if the pass needs no other result. */
    NDArray forward(NDArray x, ForwardPass pass) {
        boolean lastOnly = pass.lastOnly() && last;
        NDArray residual = lastOnly ? Attention.lastColumn(x, 1) : x;
        NDArray attended = residual.add(attention.apply(inputNorm.apply(x), pass, lastOnly));
        return attended.add(swiGlu.apply(attentionNorm.apply(attended)));
    }
}
