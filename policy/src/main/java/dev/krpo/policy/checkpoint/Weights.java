package dev.krpo.policy.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named tensors that become the parameters of a model. */
public interface Weights {

    /** Where they come from, for messages. */
    String origin();

    /** Every tensor's shape, by Hugging Face name. */
    Map<String, long[]> shapes();

    /**
     * A float32 copy of a tensor.
     *
     * @throws IOException if it cannot be read
     * @throws CheckpointException if it is not of floating-point type
     */
    NDArray array(String name, NDManager manager) throws IOException;

    /** Tensors in the JVM's memory. */
    static Weights of(String origin, Map<String, HostTensor> tensors) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
        return new Weights() {
            @Override
            public String origin() {
                return origin;
            }

            @Override
            public Map<String, long[]> shapes() {
                return shapes;
            }

            @Override
            public NDArray array(String name, NDManager manager) {
                return tensors.get(name).array(manager);
            }
        };
    }
}
