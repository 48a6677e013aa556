package dev.krpo.learner.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.aggregate.Aggregations;
import dev.krpo.learner.aggregate.TokenMean;
import dev.krpo.learner.normalize.AdvantageNormalizations;
import dev.krpo.learner.penalty.Entropy;
import dev.krpo.learner.penalty.KlEstimators;
import dev.krpo.learner.penalty.Predictions;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.SafetensorsReader;
import dev.krpo.settings.Config;
import dev.krpo.settings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares with losses and gradients of verl's core_algos; see tools/golden/losses.py. */
class GoldenLossesTest {

    private static final Offset<Float> NEAR = within(2e-6f);

    private static Map<String, HostTensor> golden;

    @BeforeAll
    static void read() throws IOException {
        TorchEngine.configure(1);
        golden = SafetensorsReader.read(Path.of("src/test/resources/golden/losses/losses.safetensors"));
    }

    @ParameterizedTest
    @CsvSource({
        "clipped, 0.2, 0.28, token-mean",
        "clipped, 0.2, 0.28, sequence-mean",
        "clipped, 0.2, 0.28, constant",
        "gspo, 0.05, 0.08, sequence-mean",
        "gmpo, 0.2, 0.3, sequence-mean",
        "cispo, 0.2, 0.28, token-mean"
    })
    void shouldEqualThePolicyLossOfVerl(String loss, double low, double high, String aggregation) {
        assertGolden(loss + "." + aggregation, "log_probs", x -> {
            LossInput input = LossInput.of(
                    x, tensor(x, "behaviour"), tensor(x, "advantages"), tensor(x, "mask"), Double.POSITIVE_INFINITY);
            NDArray losses = new Limits(low, high, 2).loss(loss).apply(input).loss();
            return Aggregations.of(chosen(Aggregations.NAME, aggregation).with("trainer.maxTokens", "20", ""))
                    .apply(losses, input.mask());
        });
    }

    @ParameterizedTest
    @CsvSource({"k1", "k2", "k3"})
    void shouldEqualTheKlPenaltyOfVerl(String estimator) {
        assertGolden("kl." + estimator, "log_probs", x -> {
            NDArray mask = tensor(x, "mask");
            NDArray penalty = KlEstimators.of(chosen(KlEstimators.NAME, estimator))
                    .apply(new Predictions(x, null), new Predictions(tensor(x, "reference"), null), mask);
            return new TokenMean().apply(penalty, mask);
        });
    }

    @Test
    void shouldEqualTheEntropyOfVerl() {
        assertGolden("entropy", "logits", x -> new TokenMean().apply(Entropy.of(x.logSoftmax(2)), tensor(x, "mask")));
    }

    @ParameterizedTest
    @CsvSource({"batch-mean-std", "token-mean-std"})
    void shouldEqualTheWhiteningOfVerl(String normalization) {
        double[] advantages = LossCase.doubles(golden.get("advantages").values());
        float[] mask = golden.get("mask").values();
        int[] lengths = new int[advantages.length];
        for (int i = 0; i < mask.length; i++) {
            lengths[i / (mask.length / lengths.length)] += (int) mask[i];
        }
        double[] actual = AdvantageNormalizations.of(chosen(AdvantageNormalizations.NAME, normalization))
                .apply(advantages, lengths);
        double[] expected = LossCase.doubles(golden.get(normalization).values());

        assertThat(actual).containsExactly(expected, within(1e-6));
    }

    private static Config chosen(Setting<String> setting, String name) {
        return Config.defaults().with(setting, name);
    }

    private static void assertGolden(String name, String variable, Function<NDArray, NDArray> loss) {
        HostTensor at = golden.get(variable);
        Shape shape = new Shape(at.shape());
        float expected = golden.get(name + ".loss").values()[0];

        assertThat((float) LossCase.value(at.values(), shape, loss)).as(name).isCloseTo(expected, NEAR);
        assertThat(LossCase.gradient(at.values(), shape, loss))
                .as(name)
                .containsExactly(golden.get(name + ".gradient").values(), NEAR);
    }

    private static NDArray tensor(NDArray x, String name) {
        NDManager manager = x.getManager();
        return manager.create(
                golden.get(name).values(), new Shape(golden.get(name).shape()));
    }
}
