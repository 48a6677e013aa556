package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.HostTensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2) over named parameters, updated in place. Its
 * complete state can be saved and restored bit-identically, which DJL's optimizers do not offer.
 */
final class AdamW {

    private static final String STEP = "step";
    private static final String FIRST_MOMENT = "m.";
    private static final String SECOND_MOMENT = "v.";

    private final Map<String, NDArray> parameters;
    private final Map<String, NDArray> firstMoments = new LinkedHashMap<>();
    private final Map<String, NDArray> secondMoments = new LinkedHashMap<>();
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final double weightDecay;
    private long step;

    /** @param manager outlives the optimizer */
    AdamW(
            NDManager manager,
            Map<String, NDArray> parameters,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay) {
        this.parameters = parameters;
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
        this.weightDecay = weightDecay;
        parameters.forEach((name, array) -> {
            firstMoments.put(name, manager.zeros(array.getShape(), DataType.FLOAT32));
            secondMoments.put(name, manager.zeros(array.getShape(), DataType.FLOAT32));
        });
    }

    /**
     * @param gradients by parameter name
     * @param gradientScale factor applied to every gradient first, for clipping by norm
     */
    void update(Map<String, NDArray> gradients, double gradientScale, double learningRate) {
        step++;
        double correction1 = 1 - Math.pow(beta1, step);
        double correction2 = 1 - Math.pow(beta2, step);
        parameters.forEach((name, parameter) -> {
            try (NDManager scratch = parameter.getManager().newSubManager()) {
                NDArray gradient = gradients.get(name).mul(gradientScale);
                gradient.attach(scratch);
                NDArray first = firstMoments.get(name);
                NDArray second = secondMoments.get(name);
                first.muli(beta1).addi(gradient.mul(1 - beta1));
                second.muli(beta2).addi(gradient.square().mul(1 - beta2));
                NDArray unbiased = second.div(correction2);
                unbiased.attach(scratch);
                NDArray numerator = first.mul(learningRate / correction1);
                numerator.attach(scratch);
                if (weightDecay > 0) {
                    parameter.muli(1 - learningRate * weightDecay);
                }
                parameter.subi(numerator.div(unbiased.sqrt().add(epsilon)));
            }
        });
    }

    /** Everything that {@link #restore} needs, in Java memory. */
    Map<String, HostTensor> state() {
        Map<String, HostTensor> state = new LinkedHashMap<>();
        state.put(STEP, new HostTensor(new float[] {step}));
        firstMoments.forEach((name, array) -> state.put(FIRST_MOMENT + name, host(array)));
        secondMoments.forEach((name, array) -> state.put(SECOND_MOMENT + name, host(array)));
        return state;
    }

    /** @throws CheckpointException if the state belongs to another model, naming the tensor */
    void restore(Map<String, HostTensor> state) {
        step = (long) tensor(state, STEP, new Shape()).values()[0];
        firstMoments.replaceAll((name, old) -> replace(old, tensor(state, FIRST_MOMENT + name, old.getShape())));
        secondMoments.replaceAll((name, old) -> replace(old, tensor(state, SECOND_MOMENT + name, old.getShape())));
    }

    private static HostTensor tensor(Map<String, HostTensor> state, String name, Shape shape) {
        HostTensor tensor = state.get(name);
        if (tensor == null || !Arrays.equals(tensor.shape(), shape.getShape())) {
            throw new CheckpointException("optimizer state: tensor " + name + " of shape " + shape
                    + " is needed, found " + (tensor == null ? "none" : Arrays.toString(tensor.shape())));
        }
        return tensor;
    }

    private static NDArray replace(NDArray old, HostTensor tensor) {
        try (old) {
            return old.getManager().create(tensor.values(), old.getShape());
        }
    }

    private static HostTensor host(NDArray array) {
        return new HostTensor(array.toFloatArray(), array.getShape().getShape());
    }
}
