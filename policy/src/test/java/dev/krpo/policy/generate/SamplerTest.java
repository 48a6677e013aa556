package dev.krpo.policy.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {

    private final Policy policy = TinyPolicies.random(1);
    private final Sampler sampler = new Sampler(() -> new VersionedPolicy(7, policy));

    @AfterEach
    void close() {
        policy.close();
    }

    @ParameterizedTest
    @CsvSource({"1.0, 1.0", "0.7, 1.0", "1.3, 0.8", "1.0, 0.3"})
    void shouldRecordTheLogProbsThatTheTrainingForwardPassComputes(double temperature, double topP) {
        List<CompletionRequest> requests = requests(16);

        List<Completion> completions = sampler.generate(requests, new SamplingOptions(temperature, topP, 12));

        for (int row = 0; row < requests.size(); row++) {
            int[] prompt = requests.get(row).promptTokens();
            Completion completion = completions.get(row);
            float[] recomputed = recompute(prompt, completion.tokens(), temperature, topP);
            for (int i = 0; i < recomputed.length; i++) {
                assertThat(completion.logProbs()[i])
                        .as("row %d, token %d", row, i)
                        .isCloseTo(recomputed[i], within(2e-4f));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1.0, 0.95", "0.7, 0.8", "1.3, 0.5", "1.0, 0.05"})
    void shouldRecordTheMassOfEachNucleus(double temperature, double topP) {
        List<CompletionRequest> requests = requests(16);

        List<Completion> completions = sampler.generate(requests, new SamplingOptions(temperature, topP, 12));

        for (int row = 0; row < requests.size(); row++) {
            Completion completion = completions.get(row);
            float[] whole = recompute(requests.get(row).promptTokens(), completion.tokens(), temperature, 1);
            assertThat(completion.nucleusLogMass()).hasSize(whole.length);
            for (int i = 0; i < whole.length; i++) {
                float mass = completion.nucleusLogMass()[i];
                assertThat(mass).isBetween((float) Math.log(topP) - 1e-5f, 0f);
                assertThat(completion.logProbs()[i] + mass)
                        .as("row %d, token %d", row, i)
                        .isCloseTo(whole[i], within(1e-5f));
            }
        }
    }

    @Test
    void shouldRecordNoMassWhenItDrawsFromTheWholeVocabulary() {
        assertThat(sampler.generate(requests(4), new SamplingOptions(1, 1, 5)))
                .allMatch(completion -> completion.nucleusLogMass().length == 0);
        assertThat(sampler.generate(requests(4), new SamplingOptions(0, 0.5, 5)))
                .allMatch(completion -> completion.nucleusLogMass().length == 0);
    }

    @Test
    void shouldChooseTheMostProbableTokensOfTheFullForwardWhenGreedy() {
        List<CompletionRequest> requests = requests(8);

        List<Completion> completions = sampler.generate(requests, SamplingOptions.greedy(10));

        for (int row = 0; row < requests.size(); row++) {
            int[] prompt = requests.get(row).promptTokens();
            int[] tokens = completions.get(row).tokens();
            for (int i = 0; i < tokens.length; i++) {
                int[] prefix = concat(prompt, Arrays.copyOf(tokens, i));
                try (NDManager manager = policy.manager().newSubManager()) {
                    NDArray logits = policy.logits(TinyPolicies.batch(manager, prefix));
                    assertThat(logits.get(0).get(prefix.length - 1).argMax().getLong())
                            .as("row %d, token %d", row, i)
                            .isEqualTo(tokens[i]);
                }
            }
        }
    }

    @Test
    void shouldRecordWhichVersionDrewWhichTokensWhenWeightsChangeMidway() {
        List<Integer> steps = new ArrayList<>();
        try (Policy other = TinyPolicies.random(2)) {
            Sampler swapping = new Sampler(() -> {
                steps.add(1);
                return steps.size() <= 3 ? new VersionedPolicy(4, policy) : new VersionedPolicy(5, other);
            });

            List<Completion> completions = swapping.generate(requests(32), new SamplingOptions(1, 1, 8));

            Completion longest = longest(completions);
            assertThat(longest.versionRuns())
                    .containsExactly(new VersionRun(4, 3), new VersionRun(5, longest.tokens().length - 3));
        }
    }

    @Test
    void shouldDrawTokensInProportionToTheirProbability() {
        int[] prompt = policy.tokenizer().encode("1+2=");
        List<CompletionRequest> requests = new ArrayList<>();
        for (int seed = 0; seed < 20_000; seed++) {
            requests.add(new CompletionRequest(prompt, seed));
        }
        double[] counts = new double[policy.config().vocabularySize()];

        for (Completion completion : sampler.generate(requests, new SamplingOptions(1, 1, 1))) {
            counts[completion.tokens()[0]] += 1.0 / requests.size();
        }

        for (int token = 0; token < counts.length; token++) {
            double probability = Math.exp(recompute(prompt, new int[] {token}, 1, 1)[0]);
            assertThat(counts[token]).as("token %d", token).isCloseTo(probability, within(0.015));
        }
    }

    @Test
    void shouldRejectAPromptThatDoesNotFitTheModel() {
        CompletionRequest request = new CompletionRequest(new int[90], 0);

        assertThatThrownBy(() -> sampler.generate(List.of(request), SamplingOptions.greedy(10)))
                .hasMessageContaining("90")
                .hasMessageContaining("max_position_embeddings 96");
    }

    @Test
    void shouldSwapToAnOfferedVersionBetweenDecodeSteps() {
        try (PolicySlot slot = new PolicySlot()) {
            slot.offer(1, TinyPolicies.random(1));
            int[] calls = {0};
            Sampler swapping = new Sampler(() -> {
                if (++calls[0] == 3) {
                    slot.offer(2, TinyPolicies.random(2));
                }
                return slot.current();
            });

            Completion completion = longest(swapping.generate(requests(32), new SamplingOptions(1, 1, 6)));

            assertThat(completion.versionRuns())
                    .containsExactly(new VersionRun(1, 2), new VersionRun(2, completion.tokens().length - 2));
        }
    }

    @Test
    void shouldStopARowAtTheEndTokenAndCountIt() {
        List<Completion> completions = sampler.generate(requests(200), new SamplingOptions(1.5, 1, 20));

        int eos = policy.tokenizer().eosId();
        assertThat(completions).anyMatch(Completion::stopped).anyMatch(completion -> !completion.stopped());
        for (Completion completion : completions) {
            int[] tokens = completion.tokens();
            assertThat(completion.stopped()).isEqualTo(tokens[tokens.length - 1] == eos);
            assertThat(Arrays.copyOf(tokens, tokens.length - 1)).doesNotContain(eos);
            assertThat(completion.logProbs()).hasSameSizeAs(tokens);
            assertThat(completion.stopped() || tokens.length == 20).isTrue();
        }
    }

    @Test
    void shouldRecordCertaintyWhenGreedy() {
        Completion completion =
                sampler.generate(requests(1), SamplingOptions.greedy(3)).get(0);

        assertThat(completion.logProbs()).containsOnly(0f);
    }

    @Test
    void shouldRejectAnEmptyPromptAndAnUnknownToken() {
        SamplingOptions options = SamplingOptions.greedy(3);

        assertThatThrownBy(() -> sampler.generate(List.of(new CompletionRequest(new int[0], 0)), options))
                .hasMessageContaining("Prompt 0 is empty");
        assertThatThrownBy(() -> sampler.generate(List.of(new CompletionRequest(new int[] {3, 99}, 0)), options))
                .hasMessageContaining("Prompt 0 has token 99");
        assertThat(sampler.generate(List.of(), options)).isEmpty();
    }

    @Test
    void shouldRecordNothingForABackwardPassWhenThePolicyIsInTraining() {
        policy.parameters().values().forEach(parameter -> parameter.setRequiresGradient(true));
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            boolean[] during = {true};
            new Sampler(() -> {
                        during[0] = JniUtils.isGradMode();
                        return new VersionedPolicy(7, policy);
                    })
                    .generate(requests(8), new SamplingOptions(1, 1, 4));

            assertThat(during[0]).isFalse();
            assertThat(JniUtils.isGradMode()).isTrue();
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    @Test
    void shouldFreeWhatItAllocated() {
        SamplingOptions options = new SamplingOptions(1, 0.9, 12);
        NDManager root = policy.manager().getParentManager();
        int before = policy.manager().getManagedArrays().size();
        int beforeInRoot = root.getManagedArrays().size();

        for (int i = 0; i < 20; i++) {
            sampler.generate(requests(16), options);
        }

        assertThat(policy.manager().getManagedArrays()).hasSize(before);
        assertThat(root.getManagedArrays()).hasSize(beforeInRoot);
    }

    private static Completion longest(List<Completion> completions) {
        return completions.stream()
                .max(Comparator.comparingInt(completion -> completion.tokens().length))
                .orElseThrow();
    }

    private float[] recompute(int[] prompt, int[] completion, double temperature, double topP) {
        int[] sequence = concat(prompt, completion);
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray logits = policy.logits(TinyPolicies.batch(manager, Arrays.copyOf(sequence, sequence.length - 1)));
            NDArray targets = TinyPolicies.batch(manager, Arrays.copyOfRange(sequence, 1, sequence.length));
            float[] all = LogProbs.ofTokens(logits, targets, temperature, topP).toFloatArray();
            return Arrays.copyOfRange(all, prompt.length - 1, all.length);
        }
    }

    private List<CompletionRequest> requests(int count) {
        List<CompletionRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = i % 3 == 0 ? "12+34=" : i % 3 == 1 ? "7*8=" : "(105-99)/2=";
            requests.add(new CompletionRequest(policy.tokenizer().encode(text), 1000 + i));
        }
        return requests;
    }

    private static int[] concat(int[] left, int[] right) {
        int[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}
