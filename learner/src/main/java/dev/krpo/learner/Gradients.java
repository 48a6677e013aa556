package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gradient of one batch, not yet applied. Only one exists per learner at a time; closing it clears the learner's
 * gradients.
 */
public final class Gradients implements AutoCloseable {

    private final NDManager scratch;
    private final Runnable clear;
    private final Batch batch;
    private final LossValues loss;
    private final Map<String, NDArray> byParameter = new LinkedHashMap<>();
    private final double norm;

    /**
     * @param scratch closed with the gradients
     * @param clear called after that
     */
    Gradients(NDManager scratch, Runnable clear, Map<String, NDArray> parameters, Batch batch, LossValues loss) {
        this.scratch = scratch;
        this.clear = clear;
        this.batch = batch;
        this.loss = loss;
        parameters.forEach((name, parameter) -> {
            NDArray gradient = parameter.getGradient();
            gradient.attach(scratch);
            byParameter.put(name, gradient);
        });
        NDList squares = new NDList();
        byParameter.values().forEach(gradient -> squares.add(gradient.square().sum()));
        norm = Math.sqrt(NDArrays.stack(squares).sum().getFloat());
    }

    /** L2 norm over all parameters, before clipping. */
    public double norm() {
        return norm;
    }

    /** The concatenated gradients of all parameters, before clipping. */
    public float[] flatten() {
        NDList flat = new NDList();
        byParameter.values().forEach(gradient -> flat.add(gradient.flatten()));
        return NDArrays.concat(flat).toFloatArray();
    }

    Map<String, NDArray> byParameter() {
        return byParameter;
    }

    Batch batch() {
        return batch;
    }

    LossValues loss() {
        return loss;
    }

    @Override
    public void close() {
        scratch.close();
        clear.run();
    }
}
