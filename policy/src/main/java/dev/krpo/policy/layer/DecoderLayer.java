package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Activation;
import dev.krpo.policy.family.ModelConfig;
import java.util.Map;

/**
 * One decoder layer of Llama (arXiv 2302.13971, section 2.2): RMSNorm (arXiv 1910.07467, eq. 4), rotary grouped-query
 * attention (arXiv 2305.13245, section 2.2), and SwiGLU (arXiv 2002.05202, eq. 6), each in a residual branch.
 */
final class DecoderLayer {

    private final ModelConfig config;
    private final int index;
    private final NDArray epsilon;
    private final NDArray inputNorm;
    private final NDArray query;
    private final NDArray key;
    private final NDArray value;
    private final NDArray output;
    private final NDArray attentionNorm;
    private final NDArray gate;
    private final NDArray up;
    private final NDArray down;

    DecoderLayer(ModelConfig config, int index, Map<String, NDArray> weights, NDArray epsilon) {
        this.config = config;
        this.index = index;
        this.epsilon = epsilon;
        String prefix = "model.layers." + index + ".";
        inputNorm = weights.get(prefix + "input_layernorm.weight");
        query = weights.get(prefix + "self_attn.q_proj.weight");
        key = weights.get(prefix + "self_attn.k_proj.weight");
        value = weights.get(prefix + "self_attn.v_proj.weight");
        output = weights.get(prefix + "self_attn.o_proj.weight");
        attentionNorm = weights.get(prefix + "post_attention_layernorm.weight");
        gate = weights.get(prefix + "mlp.gate_proj.weight");
        up = weights.get(prefix + "mlp.up_proj.weight");
        down = weights.get(prefix + "mlp.down_proj.weight");
    }

    /** {@code [batch, time, hidden]} to the same shape; only the last column if the pass needs no other result. */
    NDArray forward(NDArray x, ForwardPass pass) {
        boolean lastOnly = pass.lastOnly() && index == config.layers() - 1;
        NDArray residual = lastOnly ? lastColumn(x, 1) : x;
        NDArray attended = residual.add(attention(rmsNorm(x, inputNorm, epsilon), pass, lastOnly));
        return attended.add(swiGlu(rmsNorm(attended, attentionNorm, epsilon)));
    }

    static NDArray rmsNorm(NDArray x, NDArray weight, NDArray epsilon) {
        NDArray meanSquare = x.square().mean(new int[] {2}, true);
        return x.div(meanSquare.add(epsilon).sqrt()).mul(weight);
    }

    private NDArray attention(NDArray x, ForwardPass pass, boolean lastOnly) {
        long batch = x.getShape().get(0);
        int heads = config.heads();
        int groups = config.keyValueHeads();
        int head = config.headSize();

        // First halves of all query and key heads, their second halves, values: each rotated half is one block.
        long block = (long) (heads + groups) * head / 2;
        NDList projected = Decoder.linear(x, projections(x.getManager())).split(new long[] {block, 2 * block}, 2);
        NDArray first = projected.get(0);
        NDArray second = projected.get(1);
        NDArray cos = pass.rotation().cosines();
        NDArray sin = pass.rotation().sines();
        NDList firsts = byHead(first.mul(cos).sub(second.mul(sin)), head / 2).split(new long[] {heads}, 1);
        NDList seconds = byHead(second.mul(cos).add(first.mul(sin)), head / 2).split(new long[] {heads}, 1);
        NDArray queries = lastOnly
                ? lastColumn(firsts.get(0), 2).concat(lastColumn(seconds.get(0), 2), 3)
                : firsts.get(0).concat(seconds.get(0), 3);
        NDArray keys = firsts.get(1).concat(seconds.get(1), 3).reshape(batch * groups, -1, head);
        NDArray values = byHead(projected.get(2), head).reshape(batch * groups, -1, head);
        if (pass.cache() != null) {
            keys = pass.cache().appendKeys(index, keys);
            values = pass.cache().appendValues(index, values);
        }
        // Query heads that share a key head become additional rows of one matrix product.
        long time = queries.getShape().get(2);
        NDArray rows = queries.reshape(batch * groups, -1, head);
        NDArray mixed = weights(rows, keys, time, pass)
                .batchMatMul(values)
                .reshape(batch, heads, time, head)
                .transpose(0, 2, 1, 3)
                .reshape(batch, time, (long) heads * head);
        return Decoder.linear(mixed, output);
    }

    /**
     * Softmax of the masked scores of queries {@code [batch * groups, rows, head]}: {@code [batch * groups, rows,
     * columns]}.
     */
    private NDArray weights(NDArray rows, NDArray keys, long time, ForwardPass pass) {
        int groups = config.keyValueHeads();
        long columns = keys.getShape().get(1);
        long batch = keys.getShape().get(0) / groups;
        if (time == 1) {
            NDArray scores = rows.batchMatMul(keys.transpose(0, 2, 1));
            if (pass.padding() != null) {
                NDArray padding = pass.padding().reshape(batch, 1, 1, columns);
                scores = scores.reshape(batch, groups, -1, columns).add(padding);
            }
            return scores.softmax(scores.getShape().dimension() - 1).reshape(batch * groups, -1, columns);
        }
        // Keys first: softmax over an inner axis is several times faster than over a last axis as short as a prompt.
        NDArray scores = keys.batchMatMul(rows.transpose(0, 2, 1)).reshape(batch, groups, columns, -1, time);
        scores = scores.add(pass.causal());
        if (pass.padding() != null) {
            scores = scores.add(pass.padding());
        }
        return scores.softmax(2).reshape(batch * groups, columns, -1).transpose(0, 2, 1);
    }

    /** The rows of the three projections in the order that {@link #attention} splits. */
    private NDArray projections(NDManager manager) {
        int hidden = config.hiddenSize();
        // A result belongs to the manager of its first operand; the parameters' manager outlives this pass.
        NDArray queryKey = query.concat(key, 0);
        queryKey.attach(manager);
        NDArray halves = queryKey.reshape(-1, 2, config.headSize() / 2, hidden)
                .transpose(1, 0, 2, 3)
                .reshape(-1, hidden);
        return halves.concat(value, 0);
    }

    /** {@code [batch, time, heads * size]} as {@code [batch, heads, time, size]}. */
    private static NDArray byHead(NDArray x, long size) {
        return x.reshape(x.getShape().get(0), x.getShape().get(1), -1, size).transpose(0, 2, 1, 3);
    }

    static NDArray lastColumn(NDArray x, int axis) {
        long time = x.getShape().get(axis);
        if (time == 1) {
            return x;
        }
        NDIndex index = new NDIndex();
        for (int i = 0; i < axis; i++) {
            index.addAllDim();
        }
        return x.get(index.addSliceDim(time - 1, time));
    }

    private NDArray swiGlu(NDArray x) {
        NDArray gated = Decoder.linear(x, gate);
        NDArray silu = Activation.sigmoid(gated).mul(gated);
        return Decoder.linear(silu.mul(Decoder.linear(x, up)), down);
    }
}
