package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/**
 * Keys and values of what was decoded so far, {@code [batch, kvHeads, time, head]} a layer. It does not know which weights
 * made them, so weights may change between decode steps.
 */
public final class KeyValueCache {

    private final NDManager manager;
    private final NDArray[] keys;
    private final NDArray[] values;

    /** Arrays live in {@code manager}, which the caller closes. */
    public KeyValueCache(NDManager manager, int layers) {
        this.manager = manager;
        this.keys = new NDArray[layers];
        this.values = new NDArray[layers];
    }

    boolean isEmpty() {
        return keys[0] == null;
    }

    NDArray appendKeys(int layer, NDArray more) {
        return append(keys, layer, more);
    }

    NDArray appendValues(int layer, NDArray more) {
        return append(values, layer, more);
    }

    private NDArray append(NDArray[] cached, int layer, NDArray more) {
        NDArray whole = cached[layer] == null ? more : NDArrays.concat(new NDList(cached[layer], more), 2);
        if (cached[layer] != null) {
            cached[layer].close();
        }
        whole.attach(manager);
        cached[layer] = whole;
        return whole;
    }
}
