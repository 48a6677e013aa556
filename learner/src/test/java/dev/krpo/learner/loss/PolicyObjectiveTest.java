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
import dev.krpo.learner.loss.PolicyObjective.Limits;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PolicyObjectiveTest {

    private static final Shape SHAPE = new Shape(LossCase.ROWS, LossCase.TIME);
    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final List<Aggregation> AGGREGATIONS =
            List.of(new TokenMean(), new SequenceMean(), new FixedLengthMean(20), new LengthWeighted(-1.5));

    private final LossCase data = new LossCase(new Random().nextLong());

    private static Stream<Arguments> all() {
        return Stream.of(PolicyObjective.values())
                .flatMap(objective -> AGGREGATIONS.stream().map(aggregation -> Arguments.of(objective, aggregation)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldEqualThePlainLoopsAndHaveTheGradientOfFiniteDifferences(
            PolicyObjective objective, Aggregation aggregation) {
        for (Limits limits : List.of(
                new Limits(0.15, 0.25, 1.1),
                new Limits(0.15, 0.25, 1.1, 1.2, 20),
                new Limits(0.02, 0.03, 2),
                new Limits(INFINITY, INFINITY, INFINITY))) {
            String description = "seed " + data.seed + ", " + limits;
            double[] fixed = LossCase.doubles(data.logProbs);
            double value = LossCase.value(data.logProbs, SHAPE, loss(objective, aggregation, limits));
            float[] gradient = LossCase.gradient(data.logProbs, SHAPE, loss(objective, aggregation, limits));
            double[] expected = LossCase.differences(
                    data.logProbs,
                    x -> NaiveLosses.aggregate(
                            aggregation, NaiveLosses.perToken(objective, x, fixed, data, limits), data));

            double naive = NaiveLosses.aggregate(
                    aggregation, NaiveLosses.perToken(objective, fixed, fixed, data, limits), data);
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
    @EnumSource(PolicyObjective.class)
    void shouldHaveTheReinforceGradientWhenTheRatioIsOne(PolicyObjective objective) {
        float[] gradient =
                LossCase.gradient(data.behaviour, SHAPE, loss(objective, new TokenMean(), new Limits(0.2, 0.3, 2)));

        for (int i = 0; i < gradient.length; i++) {
            assertThat((double) gradient[i])
                    .as("seed %d, entry %d", data.seed, i)
                    .isCloseTo(reinforce(i) * (objective == PolicyObjective.TIC ? length(i) : 1), within(1e-5));
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
    @EnumSource(
            value = PolicyObjective.class,
            names = {"CLIPPED", "TRUNCATED_IS", "DECOUPLED", "CISPO"})
    void shouldHaveTheGradientOfPlainImportanceSamplingWithoutLimits(PolicyObjective objective) {
        float[] gradient = LossCase.gradient(
                data.logProbs, SHAPE, loss(objective, new TokenMean(), new Limits(INFINITY, INFINITY, INFINITY)));

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
        float[] cispo = gradient(PolicyObjective.CISPO, limits);
        float[] truncated = gradient(PolicyObjective.TRUNCATED_IS, limits);

        assertThat(cispo).as("seed %d", data.seed).containsExactly(truncated, within(1e-6f));
    }

    @Test
    void shouldHaveTheSameGradientTruncatedOrDecoupledWhenTheStepIsOneGradient() {
        Limits limits = new Limits(0.2, 0.2, 1.1);
        float[] truncated = gradient(PolicyObjective.TRUNCATED_IS, limits);
        float[] decoupled = gradient(PolicyObjective.DECOUPLED, limits);

        assertThat(decoupled).as("seed %d", data.seed).containsExactly(truncated, within(1e-6f));
    }

    @Test
    void shouldBeTheClippedSurrogateWhenTheProximalPolicyIsTheBehaviourPolicy() {
        Limits limits = new Limits(0.2, 0.3, 5);
        try (NDManager manager = NDManager.newBaseManager()) {
            LossInput input = data.input(LossCase.array(manager, data.logProbs));
            NDArray decoupled = DecoupledSurrogate.of(input, input.behaviour(), limits);
            NDArray clipped = PolicyObjective.CLIPPED.apply(input, limits).loss();

            assertThat(decoupled.toFloatArray()).as("seed %d", data.seed).isEqualTo(clipped.toFloatArray());
        }
    }

    @Test
    void shouldClipAroundTheProximalPolicyAndWeightItsAge() {
        float[] proximal = LossCase.values(new Random(data.seed + 1), data.logProbs.length, -1.5, 0.5);
        Limits limits = new Limits(0.2, 0.3, 1.1);
        try (NDManager manager = NDManager.newBaseManager()) {
            LossInput input = data.input(LossCase.array(manager, data.logProbs));
            float[] actual = DecoupledSurrogate.of(input, LossCase.array(manager, proximal), limits)
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
        double clipped = value(single, PolicyObjective.CLIPPED, limits);

        assertThat(value(single, PolicyObjective.GSPO, limits))
                .as("seed %d", data.seed)
                .isCloseTo(clipped, within(1e-6));
        assertThat(value(single, PolicyObjective.TIC, upperOnly))
                .as("seed %d", data.seed)
                .isCloseTo(value(single, PolicyObjective.CLIPPED, upperOnly), within(1e-6));
        assertThat(value(single, PolicyObjective.GMPO, new Limits(-Math.log(0.8), Math.log(1.3), 2)))
                .as("seed %d", data.seed)
                .isCloseTo(clipped, within(1e-6));
    }

    private static double value(LossCase data, PolicyObjective objective, Limits limits) {
        return LossCase.value(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(objective.apply(data.input(x), limits).loss(), data.mask(x)));
    }

    @Test
    void shouldReportWhichTokensALimitBounds() {
        Limits limits = new Limits(0.15, 0.25, 1.1);
        for (PolicyObjective objective : PolicyObjective.values()) {
            try (NDManager manager = NDManager.newBaseManager()) {
                LossInput input = data.input(LossCase.array(manager, data.logProbs));
                boolean[] bounded = objective
                        .apply(input, limits)
                        .bounded()
                        .broadcast(SHAPE)
                        .toBooleanArray();
                for (int i = 0; i < bounded.length; i++) {
                    if (data.mask[i] == 1) {
                        assertThat(bounded[i])
                                .as("seed %d, %s, entry %d", data.seed, objective, i)
                                .isEqualTo(bounded(objective, i, limits));
                    }
                }
            }
        }
    }

    private boolean bounded(PolicyObjective objective, int entry, Limits limits) {
        int row = entry / LossCase.TIME;
        double sum = 0;
        for (int i = row * LossCase.TIME; i < (row + 1) * LossCase.TIME; i++) {
            sum += data.mask[i] * ((double) data.logProbs[i] - data.behaviour[i]);
        }
        double log = (double) data.logProbs[entry] - data.behaviour[entry];
        double ratio =
                switch (objective) {
                    case GSPO -> Math.exp(sum / data.lengths[row]);
                    case TIC -> Math.exp(sum);
                    default -> Math.exp(log);
                };
        return switch (objective) {
            case TRUNCATED_IS, DECOUPLED -> ratio > limits.truncation();
            case GMPO -> log < -limits.clipLow() || log > limits.clipHigh();
            case TIC -> ratio > 1 + limits.clipHigh();
            case CLIPPED, GSPO, CISPO -> ratio < 1 - limits.clipLow() || ratio > 1 + limits.clipHigh();
        };
    }

    @Test
    void shouldHaveAFiniteGradientWhenATrajectoryHasBecomeFarMoreProbable() {
        float[] certain = new float[data.logProbs.length];
        Arrays.fill(data.behaviour, -100);
        float[] gradient = LossCase.gradient(
                certain, SHAPE, loss(PolicyObjective.TIC, new SequenceMean(), new Limits(0.2, 0.2, 2)));

        assertThat(gradient).as("seed %d", data.seed).containsOnly(0);
    }

    /** A token that an inference server reports as very unlikely and the policy considers certain. */
    @ParameterizedTest
    @EnumSource(PolicyObjective.class)
    void shouldLetNoTokenDominateAStepWithANegativeAdvantage(PolicyObjective objective) {
        int entry = firstToken(0);
        data.advantages[0] = -1;
        data.behaviour[entry] = -29;
        data.logProbs[entry] = -0.01f;
        Limits limits = new Limits(0.2, 0.3, 2, 3, 20);
        float[] gradient = LossCase.gradient(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(
                        objective
                                .apply(data.input(x, limits.maxLogRatio()), limits)
                                .loss(),
                        data.mask(x)));

        double most =
                limits.clipC() * Math.abs(reinforce(entry)) * (objective == PolicyObjective.TIC ? length(entry) : 1);
        assertThat((double) Math.abs(gradient[entry])).as("seed %d", data.seed).isLessThanOrEqualTo(most * (1 + 1e-5));
    }

    @ParameterizedTest
    @EnumSource(
            value = PolicyObjective.class,
            names = {"CLIPPED", "GSPO", "GMPO"})
    void shouldBoundAtClipCTheRatiosThatTheClipRangeLeavesUnbounded(PolicyObjective objective) {
        Arrays.fill(data.advantages, -1);
        for (int i = 0; i < data.behaviour.length; i++) {
            data.behaviour[i] = data.logProbs[i] - 5;
        }
        Function<Limits, Double> value = limits -> LossCase.value(data.logProbs, SHAPE, x -> new TokenMean()
                .apply(objective.apply(data.input(x), limits).loss(), data.mask(x)));

        assertThat(value.apply(new Limits(0.2, 0.3, 2)))
                .as("seed %d", data.seed)
                .isCloseTo(Math.exp(5), within(1e-3));
        assertThat(value.apply(new Limits(0.2, 0.3, 2, 3, 20)))
                .as("seed %d", data.seed)
                .isCloseTo(3, within(1e-5));
    }

    @ParameterizedTest
    @EnumSource(PolicyObjective.class)
    void shouldStayFiniteForArbitrarilyDistantLogProbs(PolicyObjective objective) {
        Limits limits = new Limits(INFINITY, INFINITY, INFINITY, INFINITY, 20);
        for (float far : new float[] {-9999, 9999}) {
            Arrays.fill(data.behaviour, far);
            float[] gradient = LossCase.gradient(data.logProbs, SHAPE, x -> new TokenMean()
                    .apply(
                            objective
                                    .apply(data.input(x, limits.maxLogRatio()), limits)
                                    .loss(),
                            data.mask(x)));

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

    private Function<NDArray, NDArray> loss(PolicyObjective objective, Aggregation aggregation, Limits limits) {
        return x -> aggregation.apply(objective.apply(data.input(x), limits).loss(), data.mask(x));
    }

    private float[] gradient(PolicyObjective objective, Limits limits) {
        return LossCase.gradient(data.logProbs, SHAPE, loss(objective, new TokenMean(), limits));
    }
}
