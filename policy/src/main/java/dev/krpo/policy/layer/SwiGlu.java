package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Map;

/** SwiGLU (arXiv 2002.05202, eq. 6). */
record SwiGlu(Linear gate, Linear up, Linear down) {

    static SwiGlu of(Map<String, NDArray> weights, String prefix) {
        return new SwiGlu(
                Linear.of(weights, prefix + "gate_proj"),
                Linear.of(weights, prefix + "up_proj"),
                Linear.of(weights, prefix + "down_proj"));
    }

    /** {@code [batch, time, hidden]} to the same shape. */
    NDArray apply(NDArray x) {
        NDArray gated = gate.apply(x);
        NDArray silu = Activation.sigmoid(gated).mul(gated);
        return down.apply(silu.mul(up.apply(x)));
    }
}
