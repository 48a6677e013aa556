package dev.krpo.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionedPolicy;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.environment.UnscoredException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EvaluationTest {

    private static final int MAX_NEW_TOKENS = 4;

    private static Policy policy;

    /** The greedy completion of {@code 1+2=}. */
    private static String completion;

    @BeforeAll
    static void makePolicy() {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer("0123456789+=");
        ModelConfig shape = new ModelConfig(tokenizer.vocabularySize(), 16, 24, 1, 2, 1, 32, 1e-5, 10_000, true, 0.3);
        policy = Policy.initialise(shape, tokenizer, 5, Device.cpu());
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        completion = tokenizer.decode(new Sampler(() -> fixed)
                .generate(
                        List.of(new CompletionRequest(tokenizer.encode("1+2="), 0)),
                        SamplingOptions.greedy(MAX_NEW_TOKENS))
                .get(0)
                .tokens());
    }

    @AfterAll
    static void closePolicy() {
        policy.close();
    }

    private static Prompt prompt(String text, String answer) {
        return new Prompt("id-" + text, text, answer, "held-out", Map.of());
    }

    private static Evaluation evaluate(String reward, Prompt... prompts) {
        return evaluate(Map.of("worker.reward", reward, "worker.overlongTokens", "3"), prompts);
    }

    private static Evaluation evaluate(Map<String, String> settings, Prompt... prompts) {
        try (Environment environment = Environments.of(Config.of(settings))) {
            return Evaluation.greedy(policy, List.of(prompts), MAX_NEW_TOKENS, environment);
        }
    }

    @Test
    void shouldReportTheAccuracyIfTheRewardIsBinary() {
        Evaluation evaluation = evaluate("exact-match", prompt("1+2=", completion), prompt("1+2=", completion + "0"));

        assertThat(evaluation.meanReward()).isEqualTo(0.5);
        assertThat(evaluation.isRightOrWrong()).isTrue();
        assertThat(evaluation.answers())
                .extracting(Evaluation.Answer::completion)
                .containsExactly(completion, completion);
    }

    @Test
    void shouldReportTheMeanOfAnyOtherReward() {
        Evaluation evaluation = evaluate("broken", prompt("1+2=", "length"), prompt("1+2=", "length"));

        assertThat(evaluation.meanReward()).isEqualTo(completion.length());
        assertThat(evaluation.isRightOrWrong()).isFalse();
    }

    @Test
    void shouldScoreWithTheEnvironmentThatTheSettingsName() {
        Evaluation evaluation = evaluate(Map.of("worker.environment", "token-count"), prompt("1+2=", "3"));

        assertThat(evaluation.meanReward()).isEqualTo(MAX_NEW_TOKENS);
    }

    @Test
    void shouldNameRewardAndPromptWhenACompletionReceivesNoScore() {
        assertThatThrownBy(() -> evaluate("broken", prompt("1+2=", "throw")))
                .isInstanceOf(UnscoredException.class)
                .hasMessageStartingWith("reward broken of held-out prompt id-1+2= (prompt '1+2='")
                .hasMessageContaining("this answer breaks it");
    }

    @Test
    void shouldNameThePromptThatThePolicyCannotAccept() {
        assertThatThrownBy(() -> evaluate("exact-match", prompt("1*2=", "2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'id-1*2='")
                .hasMessageContaining("Character '*'");
        assertThatThrownBy(() -> evaluate("exact-match")).hasMessageContaining("there are no prompts");
    }
}
