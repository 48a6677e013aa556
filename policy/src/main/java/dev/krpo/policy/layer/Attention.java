package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.krpo.policy.family.Feature;
import dev.krpo.policy.family.ModelConfig;
import java.util.Map;

/** Rotary grouped-query attention (arXiv 2305.13245, section 2.2) of one layer. */
final class Attention {

    private final ModelConfig config;
    private final int index;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear output;
    /** Null without {@link Feature#QUERY_KEY_NORM}. */
    private final HeadNorm headNorm;

    Attention(ModelConfig config, int index, Map<String, NDArray> weights, String prefix, NDArray epsilon) {
        this.config = config;
        this.index = index;
        query = Linear.of(weights, prefix + "q_proj");
        key = Linear.of(weights, prefix + "k_proj");
        value = Linear.of(weights, prefix + "v_proj");
        output = Linear.of(weights, prefix + "o_proj");
        headNorm = config.has(Feature.QUERY_KEY_NORM)
                ? new HeadNorm(weights.get(prefix + "q_norm.weight"), weights.get(prefix + "k_norm.weight"), epsilon)
                : null;
    }

    /** {@code [batch, time, hidden]} to the same shape, or to its last column. */
    NDArray apply(NDArray x, ForwardPass pass, boolean lastOnly) {
        long batch = x.getShape().get(0);
        int heads = config.heads();
        int groups = config.keyValueHeads();
        int head = config.headSize();

        // First halves of all query and key heads, their second halves, values: each rotated half is one block.
        long block = (long) (heads + groups) * head / 2;
        NDList projected = projection(x.getManager()).apply(x).split(new long[] {block, 2 * block}, 2);
        NDList halves =
                headNorm == null ? projected : headNorm.apply(projected.get(0), projected.get(1), heads, groups);
        NDArray first = halves.get(0);
        NDArray second = halves.get(1);
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
        return output.apply(mixed);
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

    /** The rows of the three projections in the order that {@link #apply} splits. */
    private Linear projection(NDManager manager) {
        int hidden = config.hiddenSize();
        int half = config.headSize() / 2;
        // A result belongs to the manager of its first operand; the parameters' manager outlives this pass.
        NDArray queryKey = query.weight().concat(key.weight(), 0);
        queryKey.attach(manager);
        NDArray weight = queryKey.reshape(-1, 2, half, hidden)
                .transpose(1, 0, 2, 3)
                .reshape(-1, hidden)
                .concat(value.weight(), 0);
        if (query.bias() == null) {
            return new Linear(weight, null);
        }
        NDArray queryKeyBias = query.bias().concat(key.bias(), 0);
        queryKeyBias.attach(manager);
        NDArray bias =
                queryKeyBias.reshape(-1, 2, half).transpose(1, 0, 2).reshape(-1).concat(value.bias(), 0);
        return new Linear(weight, bias);
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
}
