package dev.krpo.learner.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.aggregate.Aggregation;
import dev.krpo.learner.aggregate.FixedLengthMean;
import dev.krpo.learner.aggregate.LengthWeighted;
import dev.krpo.learner.aggregate.SequenceMean;
import dev.krpo.learner.aggregate.TokenMean;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyLossTest {

    private static final Shape SHAPE = new Shape(LossCase.ROWS, LossCase.TIME);
    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final List<Aggregation> AGGREGATIONS =
            List.of(new TokenMean(), new SequenceMean(), new FixedLengthMean(20), new LengthWeighted(-1.5));

    private final LossCase data = new LossCase(new Random().nextLong());

    private static Stream<String> names() {
        return PolicyLosses.ALL.names().stream();
    }

    private static Stream<Arguments> all() {
        return names().flatMap(loss -> AGGREGATIONS.stream().map(aggregation -> Arguments.of(loss, aggregation)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldEqualThePlainLoopsAndHaveTheGradientOfFiniteDifferences(String loss, Aggregation aggregation) {
        for (Limits limits : List.of(
                new Limits(0.15, 0.25, 1.1),
                new Limits(0.15, 0.25, 1.1, 1.2),
                new Limits(0.02, 0.03, 2),
                new Limits(INFINITY, INFINITY, INFINITY))) {
            String description = "seed " + data.seed + ", " + limits;
            double[] fixed = LossCase.doubles(data.logProbs);
            double value = LossCase.value(data.logProbs, SHAPE, loss(loss, aggregation, limits));
            float[] gradient = LossCase.gradient(data.logProbs, SHAPE, loss(loss, aggregation, limits));
            double[] expected = LossCase.differences(
                    data.logProbs,
                    x -> NaiveLosses.aggregate(aggregation, NaiveLosses.perToken(loss, x, fixed, data, limits), data));

            double naive =
                    NaiveLosses.aggregate(aggregation, NaiveLosses.perToken(loss, fixed, fixed, data, limits), data);
            assertThat(value).as(description).isCloseTo(naive, near(naive));
            for (int i = 0; i < gradient.length; i++) {
                assertThat((double) gradient[i])
                        .as("%s, entry %d", description, i)
                        .isCloseTo(expected[i], near(expected[i]));
            }
        }
    }

    /** Tolerance for single precision: an unbounded ratio of a whole completion may be in the hundreds. */
    private static Offset<Double> near(double expected) {
        return within(1e-5 * (1 + Math.abs(expected)));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldHaveTheReinforceGradientWhenTheRatioIsOne(String loss) {
        float[] gradient =
                LossCase.gradient(data.behaviour, SHAPE, loss(loss, new TokenMean(), new Limits(0.2, 0.3, 2)));

        for (int i = 0; i < gradient.length; i++) {
            assertThat((double) gradient[i])
                    .as("seed %d, entry %d", data.seed, i)
                    .isCloseTo(reinforce(i) * (loss.equals("tic") ? length(i) : 1), within(1e-5));
        }
    }

    /** TIC's ratio of a completion is counted at each of its tokens. */
    private int length(int entry) {
        return data.lengths[entry / LossCase.TIME];
    }

    private double reinforce(int entry) {
        double tokens = 0;
        for (float one : data.mask) {
            tokens += one;
        }
        return -data.advantages[entry / LossCase.TIME] * data.mask[entry] / tokens;
    }

    @ParameterizedTest
    @ValueSource(strings = {"clipped", "truncated-is", "decoupled", "cispo"})
    void shouldHaveTheGradientOfPlainImportanceSamplingWithoutLimits(String loss) {
        float[] gradient = LossCase.gradient(
                data.logProbs, SHAPE, loss(loss, new TokenMean(), new Limits(INFINITY, INFINITY, INFINITY)));

        for (int i = 0; i < gradient.length; i++) {
            double ratio = Math.exp((double) data.logProbs[i] - data.behaviour[i]);
            assertThat((double) gradient[i])
                    .as("seed %d, entry %d", data.seed, i)
                    .isCloseTo(ratio * reinforce(i), within(1e-5));
        }
    }

    @Test
    void shouldHaveTheGradientOfTruncatedImportanceWithCispoWithoutALowerBound() {
        Limits limits = new Limits(1, 0.1, 1.1);
        float[] cispo = gradient("cispo", limits);
        float[] truncated = gradient("truncated-is", limits);

        assertThat(cispo).as("seed %d", data.seed).containsExactly(truncated, within(1e-6f));
    }

    @Test
    void shouldHaveTheSameGradientTruncatedOrDecoupledWhenTheStepIsOneGradient() {
        Limits limits = new Limits(0.2, 0.2, 1.1);
        float[] truncated = gradient("truncated-is", limits);
        float[] decoupled = gradient("decoupled", limits);

        assertThat(decoupled).as("seed %d", data.seed).containsExactly(truncated, within(1e-6f));
    }

    @Test
    void shouldBeTheClippedSurrogateWhenTheProximalPolicyIsTheBehaviourPolicy() {
        Limits limits = new Limits(0.2, 0.3, 5);
        try (NDManager manager = NDManager.newBaseManager()) {
            LossInput input = data.input(LossCase.array(manager, data.logProbs));
            NDArray decoupled = decoupled(limits).around(input.behaviour(), input);
            NDArray clipped = limits.loss("clipped").apply(input).loss();

            assertThat(decoupled.toFloatArray()).as("seed %d", data.seed).isEqualTo(clipped.toFloatArray());
        }
    }

    @Test
    void shouldClipAroundTheProximalPolicyAndWeightItsAge() {
        float[] proximal = LossCase.values(new Random(data.seed + 1), data.logProbs.length, -1.5, 0.5);
        Limits limits = new Limits(0.2, 0.3, 1.1);
        try (NDManager manager = NDManager.newBaseManager()) {
            LossInput input = data.input(LossCase.array(manager, data.logProbs));
            float[] actual = decoupled(limits)
                    .around(LossCase.array(manager, proximal), input)
                    .mul(input.mask())
                    .toFloatArray();
            for (int i = 0; i < actual.length; i++) {
                double weight = Math.min(1.1, Math.exp((double) proximal[i] - data.behaviour[i]));
                double ratio = Math.exp((double) data.logProbs[i] - proximal[i]);
                double clipped = Math.min(1.3, Math.max(0.8, ratio));
                double advantage = data.advantages[i / LossCase.TIME];
                assertThat((double) actual[i])
                        .as("seed %d, entry %d", data.seed, i)
                        .isCloseTo(
                                -weight * Math.min(ratio * advantage, clipped * advantage) * data.mask[i],
                                within(1e-4));
            }
        }
    }

    @Test
    void shouldBeOneLossForCompletionsOfOneTokenWithRatiosOfTokensSequencesAndTrajectories() {
        LossCase single = new LossCase(data.seed);
        Arrays.fill(single.mask, 0);
        Arrays.fill(single.lengths, 1);
        for (int row = 0; row < LossCase.ROWS; row++) {
            single.mask[row * LossCase.TIME + row] = 1;
        }
        Limits limits = new Limits(0.2, 0.3, 2);
        Limits upperOnly = new Limits(INFINITY, INFINITY, INFINITY);
        double clipped = value(single, "clipped", limits);

        assertThat(value(single, "gspo", limits)).as("seed %d", data.seed).isCloseTo(clipped, within(1e-6));
        assertThat(value(single, "tic", upperOnly))
                .as("seed %d", data.seed)
                .isCloseTo(value(single, "clipped", upperOnly), within(1e-6));
        assertThat(value(single, "gmpo", new Limits(-Math.log(0.8), Math.log(1.3), 2)))
                .as("seed %d", data.seed)
                .isCloseTo(clipped, within(1e-6));
    }

    private static double value(LossCase data, String loss, Limits limits) {
        return LossCase.value(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(limits.loss(loss).apply(data.input(x)).loss(), data.mask(x)));
    }

    @Test
    void shouldReportWhichTokensALimitBounds() {
        Limits limits = new Limits(0.15, 0.25, 1.1);
        for (String loss : PolicyLosses.ALL.names()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                LossInput input = data.input(LossCase.array(manager, data.logProbs));
                boolean[] bounded = limits.loss(loss)
                        .apply(input)
                        .bounded()
                        .broadcast(SHAPE)
                        .toBooleanArray();
                for (int i = 0; i < bounded.length; i++) {
                    if (data.mask[i] == 1) {
                        assertThat(bounded[i])
                                .as("seed %d, %s, entry %d", data.seed, loss, i)
                                .isEqualTo(bounded(loss, i, limits));
                    }
                }
            }
        }
    }

    private boolean bounded(String loss, int entry, Limits limits) {
        int row = entry / LossCase.TIME;
        double sum = 0;
        for (int i = row * LossCase.TIME; i < (row + 1) * LossCase.TIME; i++) {
            sum += data.mask[i] * ((double) data.logProbs[i] - data.behaviour[i]);
        }
        double log = (double) data.logProbs[entry] - data.behaviour[entry];
        double ratio =
                switch (loss) {
                    case "gspo" -> Math.exp(sum / data.lengths[row]);
                    case "tic" -> Math.exp(sum);
                    default -> Math.exp(log);
                };
        return switch (loss) {
            case "truncated-is", "decoupled" -> ratio > limits.truncation();
            case "gmpo" -> log < -limits.clipLow() || log > limits.clipHigh();
            case "tic" -> ratio > 1 + limits.clipHigh();
            default -> ratio < 1 - limits.clipLow() || ratio > 1 + limits.clipHigh();
        };
    }

    @Test
    void shouldHaveAFiniteGradientWhenATrajectoryHasBecomeFarMoreProbable() {
        float[] certain = new float[data.logProbs.length];
        Arrays.fill(data.behaviour, -100);
        float[] gradient = LossCase.gradient(certain, SHAPE, loss("tic", new SequenceMean(), new Limits(0.2, 0.2, 2)));

        assertThat(gradient).as("seed %d", data.seed).containsOnly(0);
    }

    /** A token that an inference server reports as very unlikely and the policy considers certain. */
    @ParameterizedTest
    @MethodSource("names")
    void shouldLetNoTokenDominateAStepWithANegativeAdvantage(String loss) {
        int entry = firstToken(0);
        data.advantages[0] = -1;
        data.behaviour[entry] = -29;
        data.logProbs[entry] = -0.01f;
        Limits limits = new Limits(0.2, 0.3, 2, 3);
        float[] gradient = LossCase.gradient(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(limits.loss(loss).apply(data.input(x, 20)).loss(), data.mask(x)));

        double most = limits.clipC() * Math.abs(reinforce(entry)) * (loss.equals("tic") ? length(entry) : 1);
        assertThat((double) Math.abs(gradient[entry])).as("seed %d", data.seed).isLessThanOrEqualTo(most * (1 + 1e-5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clipped", "gspo", "gmpo"})
    void shouldBoundAtClipCTheRatiosThatTheClipRangeLeavesUnbounded(String loss) {
        Arrays.fill(data.advantages, -1);
        for (int i = 0; i < data.behaviour.length; i++) {
            data.behaviour[i] = data.logProbs[i] - 5;
        }
        Function<Limits, Double> value = limits -> LossCase.value(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(limits.loss(loss).apply(data.input(x)).loss(), data.mask(x)));

        assertThat(value.apply(new Limits(0.2, 0.3, 2)))
                .as("seed %d", data.seed)
                .isCloseTo(Math.exp(5), within(1e-3));
        assertThat(value.apply(new Limits(0.2, 0.3, 2, 3)))
                .as("seed %d", data.seed)
                .isCloseTo(3, within(1e-5));
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldStayFiniteForArbitrarilyDistantLogProbs(String loss) {
        Limits limits = new Limits(INFINITY, INFINITY, INFINITY);
        for (float far : new float[] {-9999, 9999}) {
            Arrays.fill(data.behaviour, far);
            float[] gradient = LossCase.gradient(data.logProbs, SHAPE, x -> new TokenMean()
                    .apply(limits.loss(loss).apply(data.input(x, 20)).loss(), data.mask(x)));

            for (float one : gradient) {
                assertThat(one).as("seed %d, behaviour %s", data.seed, far).isFinite();
            }
        }
    }

    private int firstToken(int row) {
        int entry = row * LossCase.TIME;
        while (data.mask[entry] == 0) {
            entry++;
        }
        return entry;
    }

    @Test
    void shouldNameTheShapesThatDoNotMatch() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray right = LossCase.array(manager, data.logProbs);
            NDArray wrong = manager.ones(new Shape(LossCase.ROWS, LossCase.TIME + 1));

            assertThatThrownBy(() -> LossInput.of(right, wrong, data.column(manager), right, 20))
                    .hasMessageContaining("logProbs is (5, 7)")
                    .hasMessageContaining("behaviour is (5, 8)");
            assertThatThrownBy(() -> LossInput.of(right, right, right, right, 20))
                    .hasMessageContaining("(5, 1) is needed");
        }
    }

    private Function<NDArray, NDArray> loss(String loss, Aggregation aggregation, Limits limits) {
        return x -> aggregation.apply(limits.loss(loss).apply(data.input(x)).loss(), data.mask(x));
    }

    private static DecoupledSurrogate decoupled(Limits limits) {
        return (DecoupledSurrogate) limits.loss("decoupled");
    }

    private float[] gradient(String loss, Limits limits) {
        return LossCase.gradient(data.logProbs, SHAPE, loss(loss, new TokenMean(), limits));
    }
}
