package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Map;

/** One pre-norm layer: grouped-query attention with rotary positions, then SwiGLU, each with a residual. */
final class DecoderLayer extends AbstractBlock {

    private final int index;
    private final ModelConfig config;
    private final RmsNorm norm;
    private final Parameter inputNorm;
    private final Parameter query;
    private final Parameter key;
    private final Parameter value;
    private final Parameter output;
    private final Parameter postAttentionNorm;
    private final Parameter gate;
    private final Parameter up;
    private final Parameter down;

    DecoderLayer(int index, ModelConfig config, Map<String, Parameter> byName) {
        this.index = index;
        this.config = config;
        this.norm = new RmsNorm(config.rmsNormEps());
        String prefix = "model.layers." + index + ".";
        inputNorm = addParameter(byName.get(prefix + "input_layernorm.weight"));
        query = addParameter(byName.get(prefix + "self_attn.q_proj.weight"));
        key = addParameter(byName.get(prefix + "self_attn.k_proj.weight"));
        value = addParameter(byName.get(prefix + "self_attn.v_proj.weight"));
        output = addParameter(byName.get(prefix + "self_attn.o_proj.weight"));
        postAttentionNorm = addParameter(byName.get(prefix + "post_attention_layernorm.weight"));
        gate = addParameter(byName.get(prefix + "mlp.gate_proj.weight"));
        up = addParameter(byName.get(prefix + "mlp.up_proj.weight"));
        down = addParameter(byName.get(prefix + "mlp.down_proj.weight"));
    }

    /**
     * @param x {@code [batch, time, hidden]}
     * @param mask added to the scores, broadcast to {@code [batch, 1, groups * time, keys]}; null for none
     * @param cache null when training
     * @return {@code [batch, time, hidden]}
     */
    NDArray forward(NDArray x, RotaryTable.Rotation rotation, NDArray mask, KeyValueCache cache) {
        NDArray afterAttention = x.add(attention(norm.apply(x, inputNorm.getArray()), rotation, mask, cache));
        return afterAttention.add(swiGlu(norm.apply(afterAttention, postAttentionNorm.getArray())));
    }

    private NDArray attention(NDArray x, RotaryTable.Rotation rotation, NDArray mask, KeyValueCache cache) {
        long batch = x.getShape().get(0);
        long time = x.getShape().get(1);
        int head = config.headSize();
        int kvHeads = config.keyValueHeads();
        int groups = config.heads() / kvHeads;

        NDArray q = rotation.apply(linear(x, query).reshape(batch, time, config.heads(), head))
                .mul(1 / Math.sqrt(head));
        NDArray k = rotation.apply(linear(x, key).reshape(batch, time, kvHeads, head));
        NDArray v = linear(x, value).reshape(batch, time, kvHeads, head);

        // The query heads that share a key/value head are laid out along the time axis: [batch, kvHeads, groups * time,
        // head].
        NDArray grouped = q.reshape(batch, time, kvHeads, groups, head)
                .transpose(0, 2, 3, 1, 4)
                .reshape(batch, kvHeads, groups * time, head);
        NDArray keys = k.transpose(0, 2, 1, 3);
        NDArray values = v.transpose(0, 2, 1, 3);
        if (cache != null) {
            keys = cache.appendKeys(index, keys);
            values = cache.appendValues(index, values);
        }
        NDArray scores = grouped.matMul(keys.transpose(0, 1, 3, 2));
        NDArray weights = (mask == null ? scores : scores.add(mask)).softmax(-1);
        NDArray mixed = weights.matMul(values)
                .reshape(batch, kvHeads, groups, time, head)
                .transpose(0, 3, 1, 2, 4)
                .reshape(batch, time, config.hiddenSize());
        return linear(mixed, output);
    }

    private NDArray swiGlu(NDArray x) {
        NDArray gated = linear(x, gate);
        return linear(gated.mul(ai.djl.nn.Activation.sigmoid(gated)).mul(linear(x, up)), down);
    }

    private static NDArray linear(NDArray x, Parameter weight) {
        return Linear.linear(x, weight.getArray()).singletonOrThrow();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore, NDList inputs, boolean training, PairList<String, Object> params) {
        throw new UnsupportedOperationException(
                "a decoder layer runs inside its Decoder, which knows positions and mask");
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
