package dev.krpo.policy.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.family.Feature;
import dev.krpo.policy.family.ModelConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FusedLayersTest {

    private static final int[][] ROWS = {{3, 4, 3, 5, 6, 1, 2}, {5, 1, 4, 6, 2}, {6, 3, 3, 4, 1, 6, 5}};
    private static final long[] POSITIONS = {2, 3, 4, 5, 8, 9, 10, 10, 17, 18, 19, 20};
    private static final Shape COLUMNS = new Shape(3, 4);

    static Stream<Set<Feature>> features() {
        return Stream.of(
                Set.of(),
                Set.of(Feature.QUERY_KEY_VALUE_BIAS),
                Set.of(Feature.QUERY_KEY_NORM),
                Set.of(
                        Feature.QUERY_KEY_VALUE_BIAS,
                        Feature.ATTENTION_OUTPUT_BIAS,
                        Feature.MLP_BIAS,
                        Feature.QUERY_KEY_NORM));
    }

    @ParameterizedTest
    @MethodSource("features")
    void shouldComputeTheLogitsAndGradientsOfTheUnfusedLayers(Set<Feature> features) {
        try (Policy policy = policy(features);
                NDManager manager = policy.manager().newSubManager()) {
            NDArray tokens = TinyPolicies.batch(manager, ROWS);
            NDArray positions = manager.create(POSITIONS, COLUMNS);
            NDArray all = policy.logits(tokens).reshape(-1, policy.config().vocabularySize());
            float[] expected = all.get(manager.create(POSITIONS)).toFloatArray();

            assertThat(policy.logitsAt(tokens, positions).toFloatArray()).containsExactly(expected, within(1e-5f));

            Map<String, float[]> unfused = gradients(policy, manager, () -> policy.logits(tokens)
                    .reshape(-1, policy.config().vocabularySize())
                    .get(manager.create(POSITIONS))
                    .reshape(COLUMNS.add(policy.config().vocabularySize())));
            Map<String, float[]> fused = gradients(policy, manager, () -> policy.logitsAt(tokens, positions));
            unfused.forEach(
                    (name, gradient) -> assertThat(fused.get(name)).as(name).containsExactly(gradient, within(1e-5f)));
        }
    }

    @ParameterizedTest
    @MethodSource("features")
    void shouldRepeatTheSameCallBitIdentically(Set<Feature> features) {
        try (Policy policy = policy(features);
                NDManager manager = policy.manager().newSubManager()) {
            NDArray tokens = TinyPolicies.batch(manager, ROWS);
            NDArray positions = manager.create(POSITIONS, COLUMNS);
            Map<String, float[]> first = gradients(policy, manager, () -> policy.logitsAt(tokens, positions));
            for (int call = 0; call < 4; call++) {
                assertThat(gradients(policy, manager, () -> policy.logitsAt(tokens, positions)))
                        .allSatisfy((name, gradient) -> assertThat(gradient).isEqualTo(first.get(name)));
            }
        }
    }

    /** A policy whose every weight is random, so that none can be forgotten. */
    private static Policy policy(Set<Feature> features) {
        ModelConfig config = new ModelConfig(
                "qwen3",
                9,
                16,
                24,
                2,
                4,
                2,
                6,
                32,
                1e-5,
                new ModelConfig(9, 16, 24, 2, 4, 2, 32, 1e-5, 10_000, false, 0.3).rope(),
                false,
                0.3,
                features,
                Map.of());
        SplittableRandom random = new SplittableRandom(5);
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        config.parameterShapes().forEach((name, shape) -> {
            float[] values = new float[(int) new Shape(shape).size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.3 * random.nextGaussian());
            }
            weights.put(name, new HostTensor(values, shape));
        });
        return Policy.of(config, TinyPolicies.tokenizer(), weights, Device.cpu());
    }

    private interface Logits {
        NDArray compute();
    }

    /** Of the mean log-probability of token 3. */
    private static Map<String, float[]> gradients(Policy policy, NDManager manager, Logits logits) {
        Map<String, NDArray> parameters = policy.parameters();
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
        try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
            NDArray targets = manager.full(COLUMNS, 3, DataType.INT64);
            collector.backward(
                    LogProbs.ofTokens(logits.compute(), targets, 1, 1).mean());
        }
        Map<String, float[]> gradients = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            gradients.put(name, parameter.getGradient().toFloatArray());
            JniUtils.zeroGrad((PtNDArray) parameter);
        });
        return gradients;
    }
}
