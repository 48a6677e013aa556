package dev.krpo.policy.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
    void shouldRecordTheLogProbsThatTheTrainingForwardComputes(double temperature, double topP) {
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
                    NDArray logits = policy.decoder().logits(batch(manager, prefix));
                    assertThat(logits.get(0).get(prefix.length - 1).argMax().getLong())
                            .as("row %d, token %d", row, i)
                            .isEqualTo(tokens[i]);
                }
            }
        }
    }

    @Test
    void shouldDrawTheSameTokensAloneAsInABatch() {
        List<CompletionRequest> requests = requests(12);
        SamplingOptions options = new SamplingOptions(1, 1, 10);

        List<Completion> together = sampler.generate(requests, options);

        for (int row = 0; row < requests.size(); row++) {
            Completion alone =
                    sampler.generate(List.of(requests.get(row)), options).get(0);
            assertThat(alone.tokens())
                    .as("row %d", row)
                    .isEqualTo(together.get(row).tokens());
        }
    }

    @Test
    void shouldRecordWhichVersionMadeWhichTokensWhenWeightsChangeInTheMiddle() {
        List<Integer> steps = new ArrayList<>();
        try (Policy other = TinyPolicies.random(2)) {
            Sampler swapping = new Sampler(() -> {
                steps.add(1);
                return steps.size() <= 3 ? new VersionedPolicy(4, policy) : new VersionedPolicy(5, other);
            });

            List<Completion> completions = swapping.generate(requests(32), new SamplingOptions(1, 1, 8));

            Completion longest = completions.stream()
                    .max(java.util.Comparator.comparingInt(c -> c.tokens().length))
                    .orElseThrow();
            assertThat(longest.versionRuns())
                    .containsExactly(new VersionRun(4, 3), new VersionRun(5, longest.tokens().length - 3));
        }
    }

    @Test
    void shouldDrawTokensAsOftenAsTheirProbabilitySays() {
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
    void shouldKeepExactlyTheSmallestNucleus() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        float[] logits = new float[40];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 2;
        }
        double topP = 0.2 + 0.7 * random.nextDouble();
        try (NDManager manager = policy.manager().newSubManager()) {
            float[] actual = LogProbs.distribution(manager.create(logits, new Shape(1, 40)), 1, topP)
                    .toFloatArray();
            boolean[] kept = naiveNucleus(logits, topP);
            for (int i = 0; i < logits.length; i++) {
                assertThat(actual[i] > -1e6).as("seed %d, token %d", seed, i).isEqualTo(kept[i]);
            }
        }
    }

    @Test
    void shouldRefuseAPromptThatDoesNotFitTheModel() {
        CompletionRequest request = new CompletionRequest(new int[90], 0);

        assertThatThrownBy(() -> sampler.generate(List.of(request), SamplingOptions.greedy(10)))
                .hasMessageContaining("90")
                .hasMessageContaining("max_position_embeddings 96");
    }

    @Test
    void shouldFreeWhatItAllocated() {
        SamplingOptions options = new SamplingOptions(1, 0.9, 12);
        sampler.generate(requests(16), options);
        int before = policy.manager().getManagedArrays().size();

        for (int i = 0; i < 20; i++) {
            sampler.generate(requests(16), options);
        }

        assertThat(policy.manager().getManagedArrays()).hasSize(before);
    }

    private float[] recompute(int[] prompt, int[] completion, double temperature, double topP) {
        int[] sequence = concat(prompt, completion);
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray logits = policy.decoder().logits(batch(manager, Arrays.copyOf(sequence, sequence.length - 1)));
            NDArray targets = batch(manager, Arrays.copyOfRange(sequence, 1, sequence.length));
            float[] all = LogProbs.ofTokens(logits, targets, temperature, topP).toFloatArray();
            return Arrays.copyOfRange(all, prompt.length - 1, all.length);
        }
    }

    private static boolean[] naiveNucleus(float[] logits, double topP) {
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
        double total = 0;
        for (float logit : logits) {
            total += Math.exp(logit);
        }
        boolean[] kept = new boolean[logits.length];
        double mass = 0;
        for (int i = 0; i < order.length && mass < topP; i++) {
            kept[order[i]] = true;
            mass += Math.exp(logits[order[i]]) / total;
        }
        return kept;
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

    private static NDArray batch(NDManager manager, int[] tokens) {
        return manager.create(Arrays.stream(tokens).asLongStream().toArray(), new Shape(1, tokens.length));
    }
}
