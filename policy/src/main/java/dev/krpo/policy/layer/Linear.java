package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/**
 * {@code x W^T + b}.
 *
 * @param weight {@code [out, in]}
 * @param bias {@code [out]}, or null
 */
record Linear(NDArray weight, NDArray bias) {

    /** The weights {@code name.weight} and, if there is one, {@code name.bias}. */
    static Linear of(Map<String, NDArray> weights, String name) {
        return new Linear(weights.get(name + ".weight"), weights.get(name + ".bias"));
    }

    NDArray apply(NDArray x) {
        return x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
    }
}
