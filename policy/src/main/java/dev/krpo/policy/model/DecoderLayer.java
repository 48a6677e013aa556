package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

/**
 * One decoder layer of Llama (arXiv 2302.13971, section 2.2): RMSNorm (arXiv 1910.07467, eq. 4), rotary grouped-query
 * attention (arXiv 2305.13245, section 2.2), and SwiGLU (arXiv 2002.05202, eq. 6), each in a residual branch.
 */
final class DecoderLayer extends AbstractBlock {

    private final ModelConfig config;
    private final int index;
    private final RotaryTable rotary;
    private final NDArray epsilon;
    private final Parameter inputNorm;
    private final Parameter query;
    private final Parameter key;
    private final Parameter value;
    private final Parameter output;
    private final Parameter attentionNorm;
    private final Parameter gate;
    private final Parameter up;
    private final Parameter down;

    DecoderLayer(ModelConfig config, int index, RotaryTable rotary, NDArray epsilon) {
        this.config = config;
        this.index = index;
        this.rotary = rotary;
        this.epsilon = epsilon;
        inputNorm = weight("input_layernorm");
        query = weight("self_attn.q_proj");
        key = weight("self_attn.k_proj");
        value = weight("self_attn.v_proj");
        output = weight("self_attn.o_proj");
        attentionNorm = weight("post_attention_layernorm");
        gate = weight("mlp.gate_proj");
        up = weight("mlp.up_proj");
        down = weight("mlp.down_proj");
    }

    private Parameter weight(String name) {
        return addParameter(Decoder.weight("model.layers." + index + "." + name));
    }

    /** {@code [batch, time, hidden]} to the same shape. */
    NDArray forward(NDArray x, ForwardPass pass) {
        NDArray attended = x.add(attention(rmsNorm(x, inputNorm, epsilon), pass));
        return attended.add(swiGlu(rmsNorm(attended, attentionNorm, epsilon)));
    }

    static NDArray rmsNorm(NDArray x, Parameter weight, NDArray epsilon) {
        NDArray meanSquare = x.square().mean(new int[] {2}, true);
        return x.div(meanSquare.add(epsilon).sqrt()).mul(weight.getArray());
    }

    private NDArray attention(NDArray x, ForwardPass pass) {
        long batch = x.getShape().get(0);
        long time = x.getShape().get(1);
        int heads = config.heads();
        int groups = config.keyValueHeads();
        int head = config.headSize();

        // The concatenation would stay with the parameters' manager, which outlives this pass.
        NDArray projections = NDArrays.concat(new NDList(query.getArray(), key.getArray(), value.getArray()));
        projections.attach(x.getManager());
        long rotatedSize = (long) (heads + groups) * head;
        NDList projected = Decoder.linear(x, projections).split(new long[] {rotatedSize}, 2);
        NDList rotated = pass.rotation().apply(projected.get(0)).split(new long[] {heads}, 2);

        // The query heads of a group lie beside each other, so they are further rows of one product with its key head.
        NDArray queries = rotated.get(0).transpose(0, 2, 1, 3).reshape(batch * groups, heads / groups * time, head);
        NDArray keys = byGroup(rotated.get(1), batch, time);
        NDArray values = byGroup(projected.get(1), batch, time);
        if (pass.cache() != null) {
            keys = pass.cache().appendKeys(index, keys);
            values = pass.cache().appendValues(index, values);
        }
        long columns = keys.getShape().get(1);

        NDArray scores = queries.batchMatMul(keys.transpose(0, 2, 1)).reshape(batch, heads, time, columns);
        if (pass.causal() != null) {
            scores = scores.add(pass.causal());
        }
        if (pass.padding() != null) {
            scores = scores.add(pass.padding());
        }
        NDArray weights = scores.softmax(3).reshape(batch * groups, heads / groups * time, columns);
        NDArray mixed = weights.batchMatMul(values)
                .reshape(batch, heads, time, head)
                .transpose(0, 2, 1, 3)
                .reshape(batch, time, (long) heads * head);
        return Decoder.linear(mixed, output.getArray());
    }

    private NDArray byGroup(NDArray x, long batch, long time) {
        return x.reshape(batch, time, config.keyValueHeads(), config.headSize())
                .transpose(0, 2, 1, 3)
                .reshape(batch * config.keyValueHeads(), time, config.headSize());
    }

    private NDArray swiGlu(NDArray x) {
        NDArray gated = Decoder.linear(x, gate.getArray());
        NDArray silu = Activation.sigmoid(gated).mul(gated);
        return Decoder.linear(silu.mul(Decoder.linear(x, up.getArray())), down.getArray());
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store, NDList inputs, boolean training, PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        NDManager manager = x.getManager();
        return new NDList(forward(
                x, ForwardPass.wholeSequence(manager, rotary, x.getShape().get(1))));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }
}
