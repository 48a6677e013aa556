package dev.krpo.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.Policy;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SampleRulesTest {

    static {
        // Avro's builders copy nested records, and the serde makes the generated classes trusted.
        RecordSerde.of(AdvantageSample.class);
    }

    private final SampleRules rules = new SampleRules(model(), new BehaviourRules(-30));

    private static ModelConfig model() {
        try (Policy policy = TrainerFixtures.policy(1)) {
            return policy.config();
        }
    }

    @Test
    void shouldAcceptASampleThatSatisfiesAllRules() {
        assertThat(rules.firstBroken(sample(1, rollout -> {}))).isEmpty();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("unusable")
    void shouldNameTheViolatedRule(String reason, String detail, AdvantageSample sample) {
        assertThat(rules.firstBroken(sample))
                .get()
                .satisfies(broken -> assertThat(broken.detail()).contains(detail, ";", "sample of rollout t/0"))
                .extracting(Rejection::reason)
                .isEqualTo(reason);
    }

    static Stream<Arguments> unusable() {
        int vocabulary = model().vocabularySize();
        int positions = model().maxPositions();
        return Stream.of(
                Arguments.of("advantage-not-finite", "advantage is NaN", sample(Double.NaN, rollout -> {})),
                Arguments.of("advantage-too-large", "advantage is -1.0E25", sample(-1e25, rollout -> {})),
                Arguments.of(
                        "token-outside-vocabulary",
                        "completionTokens[1] is " + vocabulary + " and the model's vocabulary has " + vocabulary,
                        sample(1, rollout -> rollout.setCompletionTokens(PrimitiveArrays.of(3, vocabulary)))),
                Arguments.of(
                        "token-outside-vocabulary",
                        "promptTokens[0] is -1",
                        sample(1, rollout -> rollout.setPromptTokens(PrimitiveArrays.of(-1)))),
                Arguments.of(
                        "tokens-missing",
                        "promptTokens is empty",
                        sample(1, rollout -> rollout.setPromptTokens(PrimitiveArrays.of(new int[0])))),
                Arguments.of(
                        "too-long-for-model",
                        "promptTokens has " + (positions - 1) + " and completionTokens 2 tokens",
                        sample(1, rollout -> rollout.setPromptTokens(PrimitiveArrays.of(new int[positions - 1])))),
                Arguments.of(
                        "version-runs-mismatch",
                        "versionRuns add up to 0 tokens",
                        sample(1, rollout -> rollout.setVersionRuns(List.of()))),
                Arguments.of(
                        "array-lengths-differ",
                        "behaviourLogProbs has 1 values",
                        sample(1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f)))),
                Arguments.of(
                        "log-prob-implausible",
                        "behaviourLogProbs[0] is -9999.0",
                        sample(1, rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-9999f, -1f)))),
                Arguments.of(
                        "sampling-out-of-range",
                        "sampling.temperature is 1.0E-50",
                        sample(1, rollout -> rollout.setSampling(new SamplingParameters(1e-50, 1.0, 4, 0L)))),
                Arguments.of(
                        "nucleus-mass-missing",
                        "sampling.topP is 0.9",
                        sample(1, rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.9, 4, 0L)))));
    }

    static AdvantageSample sample(double advantage, Consumer<Rollout.Builder> change) {
        Rollout.Builder rollout = Rollout.newBuilder(new Rollout(
                "t/0",
                "t",
                "t",
                1,
                0,
                "p",
                "d",
                "default",
                PrimitiveArrays.of(4, 13, 5, 17),
                PrimitiveArrays.of(3, 2),
                PrimitiveArrays.of(-2f, -0.7f),
                List.of(new TokenRun(0L, 2)),
                "x",
                1.0,
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 4, 0L),
                "w",
                0L,
                1L,
                2L,
                List.of()));
        change.accept(rollout);
        return new AdvantageSample(rollout.build(), advantage, 0.5, 0.25, "krpo", 0, 0L, 0L, "");
    }
}
