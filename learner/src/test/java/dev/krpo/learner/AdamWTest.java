package dev.krpo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.krpo.policy.TorchEngine;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {

    @Test
    void shouldFollowThePlainJavaRecurrence() {
        TorchEngine.configure(1);
        double[] expected = {0.5, -1.25, 2};
        double[] first = new double[3];
        double[] second = new double[3];
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray parameter = manager.create(new float[] {0.5f, -1.25f, 2f});
            AdamW optimizer = new AdamW(manager, Map.of("p", parameter), 0.9, 0.99, 1e-8, 0.1);
            for (int step = 1; step <= 20; step++) {
                float[] gradient = {(float) Math.sin(step), 0.01f * step, -step};
                optimizer.update(Map.of("p", manager.create(gradient)), 0.5, 1e-2);
                for (int i = 0; i < 3; i++) {
                    double scaled = 0.5 * gradient[i];
                    first[i] = 0.9 * first[i] + 0.1 * scaled;
                    second[i] = 0.99 * second[i] + 0.01 * scaled * scaled;
                    double corrected = Math.sqrt(second[i] / (1 - Math.pow(0.99, step))) + 1e-8;
                    expected[i] -= 1e-2 * 0.1 * expected[i];
                    expected[i] -= 1e-2 * first[i] / (1 - Math.pow(0.9, step)) / corrected;
                }
            }
            float[] actual = parameter.toFloatArray();
            for (int i = 0; i < 3; i++) {
                assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-5));
            }
        }
    }
}
