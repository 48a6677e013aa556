package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.krpo.policy.family.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The decoder layers of a model for training, each as one call of a TorchScript function
 * ({@code tools/kernels/decoder_layer.py}): fewer crossings from Java to the engine, and attention that keeps no
 * {@code [time, time]} array. Equal to {@link DecoderLayer} up to rounding.
 */
final class FusedLayers {

    private static final String SCRIPT = "decoder_layer.pt";
    private static final List<String> WEIGHTS = List.of(
            "input_layernorm.weight",
            "self_attn.q_proj.weight",
            "self_attn.k_proj.weight",
            "self_attn.v_proj.weight",
            "self_attn.o_proj.weight",
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight",
            "mlp.up_proj.weight",
            "mlp.down_proj.weight",
            "self_attn.q_proj.bias",
            "self_attn.k_proj.bias",
            "self_attn.v_proj.bias",
            "self_attn.o_proj.bias",
            "mlp.gate_proj.bias",
            "mlp.up_proj.bias",
            "mlp.down_proj.bias",
            "self_attn.q_norm.weight",
            "self_attn.k_norm.weight");

    private final PtSymbolBlock function;
    private final List<NDList> layers = new ArrayList<>();
    private final NDArray epsilon;

    /** Uses the weights (by Hugging Face name) without copying them. */
    FusedLayers(NDManager manager, ModelConfig config, Map<String, NDArray> weights, NDArray epsilon) {
        this.epsilon = epsilon;
        function = load((PtNDManager) manager);
        NDArray absent = manager.create(new Shape(0));
        for (int index = 0; index < config.layers(); index++) {
            String prefix = "model.layers." + index + ".";
            NDList layer = new NDList();
            WEIGHTS.forEach(name -> layer.add(weights.getOrDefault(prefix + name, absent)));
            layers.add(layer);
        }
    }

    private static PtSymbolBlock load(PtNDManager manager) {
        try (InputStream script = FusedLayers.class.getResourceAsStream(SCRIPT)) {
            return JniUtils.loadModule(manager, script, false, false);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + SCRIPT, e);
        }
    }

    /**
     * All layers in turn, for right-padded rows that start at position 0.
     *
     * @param x {@code [batch, time, hidden]}
     * @param rotation of {@code time} columns, not tiled
     * @return {@code [batch, time, hidden]} of the manager of x
     */
    NDArray forward(NDArray x, RotaryTable.Rotation rotation) {
        // Its passes specialise the function in the first calls, so that equal calls could differ in their last bits.
        JniUtils.setGraphExecutorOptimize(false);
        NDArray result = x;
        for (NDList layer : layers) {
            NDList arguments = new NDList(result, rotation.cosines(), rotation.sines(), epsilon);
            arguments.addAll(layer);
            NDArray next = IValueUtils.forward(function, arguments, true).singletonOrThrow();
            next.attach(x.getManager());
            result = next;
        }
        return result;
    }
}
