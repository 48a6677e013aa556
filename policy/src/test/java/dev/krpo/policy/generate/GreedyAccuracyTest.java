package dev.krpo.policy.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import dev.krpo.policy.generate.GreedyAccuracy.Question;
import java.util.List;
import org.junit.jupiter.api.Test;

class GreedyAccuracyTest {

    @Test
    void shouldCountTheQuestionsAnsweredExactly() {
        try (Policy policy = TinyPolicies.random(5)) {
            VersionedPolicy fixed = new VersionedPolicy(0, policy);
            int[] prompt = policy.tokenizer().encode("1+2=");
            int[] tokens = new Sampler(() -> fixed)
                    .generate(List.of(new CompletionRequest(prompt, 0)), SamplingOptions.greedy(4))
                    .get(0)
                    .tokens();
            String answer = policy.tokenizer().decode(tokens);

            double accuracy = GreedyAccuracy.of(
                    policy, List.of(new Question("1+2=", answer), new Question("1+2=", answer + "0")), 4);

            assertThat(accuracy).isEqualTo(0.5);
            assertThatThrownBy(() -> GreedyAccuracy.of(policy, List.of(), 4)).hasMessageContaining("no questions");
        }
    }
}
