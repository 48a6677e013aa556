package dev.krpo.estimators.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Properties of the estimators without history on random groups, and their formulas in naive form. */
class GroupEstimatorsTest {

    private static final long SEED = 20_260_121L;
    private static final int ROUNDS = 300;
    private static final double EPSILON = 1e-8;

    private static final Estimator GRPO = new GrpoEstimator(EPSILON);
    private static final Estimator DR_GRPO = new DrGrpoEstimator();
    private static final Estimator RLOO = new RlooEstimator();
    private static final Estimator OPO = new OpoEstimator();
    private static final Estimator GDPO = new GdpoEstimator(Map.of(), EPSILON);
    private static final Estimator NGRPO = new NgrpoEstimator(1, EPSILON);
    private static final Estimator MAPO = new MapoEstimator(EPSILON);
    private static final Estimator GRPO_LEAD = new GrpoLeadEstimator(0.05, EPSILON);

    static Stream<Estimator> all() {
        return Stream.concat(zeroSum(), Stream.of(OPO, NGRPO, GRPO_LEAD));
    }

    static Stream<Estimator> zeroSum() {
        return Stream.of(GRPO, DR_GRPO, RLOO, GDPO, MAPO);
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldNotDependOnTheOrderOfTheGroup(Estimator estimator) {
        onRandomGroups((random, group) -> {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < group.size(); i++) {
                order.add(i);
            }
            Collections.shuffle(order, random);

            double[] shuffled =
                    estimate(estimator, order.stream().map(group::get).toList());

            double[] straight = estimate(estimator, group);
            for (int i = 0; i < shuffled.length; i++) {
                assertThat(shuffled[i])
                        .as("%s, seed %d, %s", estimator.name(), SEED, group)
                        .isCloseTo(straight[order.get(i)], within(1e-9));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("zeroSum")
    void shouldSumToZero(Estimator estimator) {
        onRandomGroups((random, group) -> {
            double sum = 0;
            for (double advantage : estimate(estimator, group)) {
                sum += advantage;
            }
            assertThat(sum).as("%s, seed %d, %s", estimator.name(), SEED, group).isCloseTo(0, within(1e-9));
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldGiveExactZerosForEqualRewardsEvenWithoutEpsilon(Estimator estimator) {
        // 0.1 + 0.1 + 0.1 is not 3 * 0.1, so a rounded mean would differ from the rewards.
        for (double reward : new double[] {0, 0.1, 1}) {
            List<Observation> group =
                    Collections.nCopies(3, new Observation(reward, 0, new float[7], Map.of("part", reward)));
            if (estimator != NGRPO || reward == 1) {
                assertThat(estimate(estimator, group)).as(estimator.name()).containsOnly(0);
            }
        }
        assertThat(estimate(new GrpoEstimator(0), Rewards.of(0.1, 0.1, 0.1))).containsOnly(0);
        assertThat(estimate(new MapoEstimator(0), Rewards.of(0, 0, 0))).containsOnly(0);
    }

    /** A reward of 1.00001 among ones carries no signal; group normalisation used to turn it into 1.497. */
    @ParameterizedTest
    @MethodSource("normalising")
    void shouldNotInflateADifferenceThatIsSmallRelativeToTheRewards(Estimator estimator) {
        for (double difference : new double[] {1e-5, 1e-7}) {
            for (double scale : new double[] {1, 1e5}) {
                List<Observation> group = new ArrayList<>();
                for (double reward : new double[] {1 + difference, 1, 1, 1}) {
                    double scaled = scale * reward;
                    group.add(new Observation(scaled, 0, new float[2], Map.of("only", scaled)));
                }
                for (double advantage : estimate(estimator, group)) {
                    assertThat(advantage).isBetween(-0.02, 0.02);
                }
            }
        }
    }

    static Stream<Estimator> normalising() {
        return Stream.of(
                new GrpoEstimator(0),
                new GdpoEstimator(Map.of(), 0),
                new MapoEstimator(0),
                new GrpoLeadEstimator(0.05, 0));
    }

    @Test
    void shouldNotInflateASmallMissOfTheMaximumReward() {
        for (double advantage : estimate(new NgrpoEstimator(1, 0), Rewards.of(1 - 1e-5, 1, 1, 1))) {
            assertThat(advantage).isBetween(-0.02, 0.02);
        }
    }

    @Test
    void shouldGiveExactZerosForEqualRewardsOfDifferentLengths() {
        List<Observation> group = List.of(
                new Observation(0.1, 0, new float[3], Map.of()), new Observation(0.1, 0, new float[5], Map.of()));

        assertThat(estimate(OPO, group)).containsOnly(0);
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldRejectAGroupOfOneAndKeepTheState(Estimator estimator) {
        State state = new State(new Belief(0.5, 0.1, 3, 2), null);
        List<Observation> pair = List.of(
                new Observation(1, 0, new float[2], Map.of("part", 1.0)),
                new Observation(0, 0, new float[3], Map.of("part", 0.0)));

        assertThat(estimator.estimate(state, pair).state()).isSameAs(state);
        assertThatThrownBy(() -> estimator.estimate(state, pair.subList(0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(estimator.name() + " needs at least 2");
    }

    @Test
    void shouldBeTheDifferenceFromTheGroupMean() {
        onRandomGroups((random, group) -> {
            double mean = mean(group, Observation::reward);
            assertNaive(DR_GRPO, group, member -> member.reward() - mean);
        });
    }

    @Test
    void shouldBeTheDifferenceFromTheMeanOfTheOthers() {
        onRandomGroups((random, group) -> {
            assertNaive(RLOO, group, member -> member.reward() - mean(others(group, member), Observation::reward));
            List<Advantage> advantages = RLOO.estimate(State.UNSEEN, group).advantages();
            for (int i = 0; i < group.size(); i++) {
                assertThat(advantages.get(i).baseline())
                        .isCloseTo(mean(others(group, group.get(i)), Observation::reward), within(1e-12));
            }
        });
    }

    @Test
    void shouldBeTheDifferenceFromTheMeanRewardOfAToken() {
        onRandomGroups((random, group) -> {
            List<Double> tokens = new ArrayList<>();
            group.forEach(member -> tokens.addAll(Collections.nCopies(member.length(), member.reward())));
            double mean =
                    tokens.stream().mapToDouble(reward -> reward).average().orElseThrow();
            assertNaive(OPO, group, member -> member.reward() - mean);
        });
    }

    @Test
    void shouldMixTheTwoScalesByTheShareOfFullRewards() {
        onRandomGroups((random, group) -> {
            double mean = mean(group, Observation::reward);
            double deviation = deviation(group, Observation::reward);
            double success = mean(group, member -> member.reward() == 1 ? 1 : 0);
            double unsure = 4 * success * (1 - success);
            if (deviation > 0) {
                assertNaive(
                        MAPO,
                        group,
                        member -> unsure * (member.reward() - mean) / (deviation + EPSILON)
                                + (1 - unsure) * (member.reward() - mean) / mean);
            }
        });
    }

    @Test
    void shouldSumTheNormalisedComponents() {
        Estimator weighted = new GdpoEstimator(Map.of("accuracy", 2.0, "format", -0.5), EPSILON);
        onRandomGroups((random, group) -> {
            ToDoubleFunction<Observation> accuracy = normalised(group, "accuracy");
            ToDoubleFunction<Observation> format = normalised(group, "format");
            assertNaive(GDPO, group, member -> accuracy.applyAsDouble(member) + format.applyAsDouble(member));
            assertNaive(
                    weighted, group, member -> 2 * accuracy.applyAsDouble(member) - 0.5 * format.applyAsDouble(member));
        });
    }

    @Test
    void shouldBeGroupNormalisationWithOneMoreMember() {
        onRandomGroups((random, group) -> {
            List<Observation> calibrated = new ArrayList<>(group);
            calibrated.add(new Observation(1, 0));
            double[] expected = estimate(GRPO, calibrated);
            double[] actual = estimate(NGRPO, group);
            for (int i = 0; i < actual.length; i++) {
                assertThat(actual[i]).as("seed %d, %s", SEED, group).isEqualTo(expected[i]);
            }
        });
    }

    @Test
    void shouldScaleTheDifferenceFromTheMeanByTheDeviationOrTheSizeOfTheGroup() {
        onRandomGroups((random, group) -> {
            double[] differences = estimate(DR_GRPO, group);
            double[] others = estimate(RLOO, group);
            double[] normalised = estimate(GRPO, group);
            double deviation = deviation(group, Observation::reward);
            for (int i = 0; i < differences.length; i++) {
                assertThat(others[i])
                        .as("seed %d, %s", SEED, group)
                        .isCloseTo(differences[i] * group.size() / (group.size() - 1), within(1e-12));
                assertThat(normalised[i] * (deviation + EPSILON))
                        .as("seed %d, %s", SEED, group)
                        .isCloseTo(differences[i], within(1e-12));
            }
        });
    }

    @Test
    void shouldReduceToTheSimplerEstimators() {
        onRandomGroups((random, group) -> {
            List<Observation> plain = group.stream()
                    .map(member -> new Observation(member.reward(), 0, new float[9], Map.of("only", member.reward())))
                    .toList();
            assertClose(estimate(OPO, plain), estimate(DR_GRPO, plain), "equal lengths");
            assertThat(GDPO.estimate(State.UNSEEN, plain))
                    .as("one component, seed %d, %s", SEED, plain)
                    .isEqualTo(GRPO.estimate(State.UNSEEN, plain));
        });
        List<Observation> halfRight = Rewards.of(1, 0, 1, 0);
        assertClose(estimate(MAPO, halfRight), estimate(GRPO, halfRight), "least certain");
    }

    private static void onRandomGroups(BiConsumer<Random, List<Observation>> check) {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            List<Observation> group = new ArrayList<>();
            boolean binary = random.nextBoolean();
            for (int left = 2 + random.nextInt(7); left > 0; left--) {
                double accuracy = binary ? random.nextInt(2) : random.nextDouble();
                double format = random.nextInt(2);
                Map<String, Double> components = new HashMap<>(Map.of("accuracy", accuracy, "format", format));
                group.add(new Observation((accuracy + format) / 2, 0, new float[1 + random.nextInt(50)], components));
            }
            check.accept(random, group);
        }
    }

    private static void assertNaive(Estimator estimator, List<Observation> group, ToDoubleFunction<Observation> naive) {
        assertClose(
                estimate(estimator, group),
                group.stream().mapToDouble(naive).toArray(),
                estimator.name() + " on " + group);
    }

    private static void assertClose(double[] actual, double[] expected, String where) {
        assertThat(actual).as("seed %d, %s", SEED, where).containsExactly(expected, within(1e-9));
    }

    private static double[] estimate(Estimator estimator, List<Observation> group) {
        return estimator.estimate(State.UNSEEN, group).advantages().stream()
                .mapToDouble(Advantage::advantage)
                .toArray();
    }

    private static ToDoubleFunction<Observation> normalised(List<Observation> group, String component) {
        ToDoubleFunction<Observation> value =
                member -> member.rewardComponents().get(component);
        double mean = mean(group, value);
        double deviation = deviation(group, value);
        return member -> (value.applyAsDouble(member) - mean) / (deviation + EPSILON);
    }

    private static List<Observation> others(List<Observation> group, Observation member) {
        List<Observation> others = new ArrayList<>(group);
        others.remove(member);
        return others;
    }

    private static double mean(List<Observation> group, ToDoubleFunction<Observation> value) {
        return group.stream().mapToDouble(value).average().orElseThrow();
    }

    private static double deviation(List<Observation> group, ToDoubleFunction<Observation> value) {
        double mean = mean(group, value);
        double squares = group.stream()
                .mapToDouble(value)
                .map(x -> (x - mean) * (x - mean))
                .sum();
        return Math.sqrt(squares / (group.size() - 1));
    }
}
