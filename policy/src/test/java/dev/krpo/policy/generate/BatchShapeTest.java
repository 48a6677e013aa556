package dev.krpo.policy.generate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rest of a batch may change one of its rows only by rounding, and only if the batch shape differs. */
class BatchShapeTest {

    /** Maximum deviation of a log-probability; 6e-6 was measured. */
    private static final float ROUNDING = 5e-5f;
    /** Maximum deviation of a cumulative probability. */
    private static final double BAND = 1e-5;

    private static final String PROMPT = "12+34=";
    private static final List<String> OTHER_PROMPTS = List.of("1+2=", "98-76=", "((105-99)/2+11*12-7)*3=");

    private final Policy policy = TinyPolicies.random(1);
    private final Sampler sampler = new Sampler(() -> new VersionedPolicy(1, policy));

    @AfterEach
    void close() {
        policy.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.9})
    void shouldGenerateBitIdenticalRowsRegardlessOfTheOtherRows(double topP) {
        SamplingOptions options = new SamplingOptions(1, topP, 12);
        for (int seed = 0; seed < 5; seed++) {
            CompletionRequest request = request(PROMPT, seed);
            inShapes((size, place) -> {
                for (String other : OTHER_PROMPTS) {
                    Completion once = among(size, place, other, 7_000, request, options);
                    // The same length as the other prompt, but different digits; drawn with different seeds.
                    Completion again = among(size, place, other.replace('1', '5'), 9_000, request, options);

                    assertThat(again)
                            .as("seed %d at %d of %d beside %s", request.seed(), place, size, other)
                            .usingRecursiveComparison()
                            .isEqualTo(once);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 0.9})
    void shouldChangeARowOnlyByRoundingWhenTheBatchShapeDiffers(double topP) {
        SamplingOptions options = new SamplingOptions(1, topP, 12);
        for (int seed = 0; seed < 5; seed++) {
            CompletionRequest request = request(PROMPT, seed);
            Completion alone = sampler.generate(List.of(request), options).get(0);
            inShapes((size, place) -> {
                for (String other : OTHER_PROMPTS) {
                    Completion inBatch = among(size, place, other, 7_000, request, options);

                    assertAlike(request, alone, inBatch, topP);
                }
            });
        }
    }

    /** Ordinary seeds come near a boundary once in thousands of tokens, so these are searched for. */
    @Test
    void shouldChangeATokenOnlyIfItsDrawIsWithinRoundingOfABoundary() {
        SamplingOptions options = new SamplingOptions(1, 1, 1);
        double[] boundaries = cumulative(policy.tokenizer().encode(PROMPT), new int[0], 1);
        int[] near = IntStream.range(0, 10_000_000)
                .filter(seed -> distance(boundaries, uniform(new SplittableRandom(seed))) < 5e-8)
                .limit(20)
                .toArray();
        assertThat(near).hasSizeGreaterThan(5);
        for (int seed : near) {
            CompletionRequest request = request(PROMPT, seed);
            Completion alone = sampler.generate(List.of(request), options).get(0);
            inShapes((size, place) ->
                    assertAlike(request, alone, among(size, place, OTHER_PROMPTS.get(2), 7_000, request, options), 1));
        }
    }

    private static void inShapes(BiConsumer<Integer, Integer> check) {
        for (int size : new int[] {2, 5, 33}) {
            check.accept(size, 0);
            check.accept(size, size - 1);
        }
    }

    /** The first token that differs, or whose log-probability differs, must have been a close call. */
    private void assertAlike(CompletionRequest request, Completion alone, Completion inBatch, double topP) {
        int same = 0;
        while (same < alone.tokens().length
                && same < inBatch.tokens().length
                && alone.tokens()[same] == inBatch.tokens()[same]
                && Math.abs(alone.logProbs()[same] - inBatch.logProbs()[same]) <= ROUNDING) {
            same++;
        }
        if (same < Math.max(alone.tokens().length, inBatch.tokens().length)) {
            int[] completion = Arrays.copyOf(alone.tokens(), same);
            assertThat(closeness(request, completion, topP))
                    .as(
                            "seed %d, token %d of %s and %s",
                            request.seed(), same, Arrays.toString(alone.tokens()), Arrays.toString(inBatch.tokens()))
                    .isLessThan(BAND);
        }
    }

    /** Distance of the next draw from another token, or of a token from the edge of the nucleus. */
    private double closeness(CompletionRequest request, int[] completion, double topP) {
        SplittableRandom random = new SplittableRandom(request.seed());
        random.longs(completion.length).forEach(drawn -> {});
        double draw = distance(cumulative(request.promptTokens(), completion, topP), uniform(random));
        double[] probabilities = probabilities(request.promptTokens(), completion, 1);
        Arrays.sort(probabilities);
        // Starts with the least probable token, so that the nucleus begins where 1 - topP ends.
        return topP == 1 ? draw : Math.min(draw, distance(cumulative(probabilities), 1 - topP));
    }

    private static double uniform(SplittableRandom random) {
        return (random.nextLong() >>> 12) * 0x1p-52;
    }

    private static double distance(double[] boundaries, double point) {
        return Arrays.stream(boundaries)
                .map(boundary -> Math.abs(boundary - point))
                .min()
                .orElseThrow();
    }

    private double[] cumulative(int[] prompt, int[] completion, double topP) {
        return cumulative(probabilities(prompt, completion, topP));
    }

    private static double[] cumulative(double[] probabilities) {
        double[] cumulative = probabilities.clone();
        Arrays.parallelPrefix(cumulative, Double::sum);
        return cumulative;
    }

    /** Distribution of the token after a prompt and the tokens drawn so far, from the full forward pass. */
    private double[] probabilities(int[] prompt, int[] completion, double topP) {
        int[] prefix = Arrays.copyOf(prompt, prompt.length + completion.length);
        System.arraycopy(completion, 0, prefix, prompt.length, completion.length);
        try (NDManager manager = policy.manager().newSubManager()) {
            NDArray logits =
                    policy.logits(TinyPolicies.batch(manager, prefix)).get(0).get(prefix.length - 1);
            return LogProbs.distribution(logits.expandDims(0), 1, topP)
                    .toType(DataType.FLOAT64, false)
                    .exp()
                    .toDoubleArray();
        }
    }

    /** The request's row in a batch of this size, at this position, next to rows of the other prompt. */
    private Completion among(
            int size, int place, String other, long otherSeeds, CompletionRequest request, SamplingOptions options) {
        List<CompletionRequest> batch = new ArrayList<>();
        for (int row = 0; row < size; row++) {
            batch.add(row == place ? request : request(other, otherSeeds + row));
        }
        return sampler.generate(batch, options).get(place);
    }

    private CompletionRequest request(String prompt, long seed) {
        return new CompletionRequest(policy.tokenizer().encode(prompt), seed);
    }
}
