package dev.krpo.estimators.kalman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.estimators.kalman.ObservationNoise.Bernoulli;
import dev.krpo.estimators.kalman.ObservationNoise.Fixed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class KrpoEstimatorTest {

    private static final long SEED = 20_250_507L;

    @Test
    void shouldFollowTheFilterEquationsByHand() {
        Belief before = new Belief(0.4, 0.05, 3, 10);
        KrpoOptions options = Krpo.with(Krpo.DEFAULTS, new Fixed(0.1), Baseline.PRIOR, Scale.SQRT_INNOVATION_VARIANCE);

        Estimate estimate = Krpo.of(options).estimate(Krpo.known(before), List.of(new Observation(1, 12)));

        // P' = 0.05 + 2 * 0.001 = 0.052; S = 0.152; K = 0.052 / 0.152; e = 0.6
        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.4);
        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.152, within(1e-15));
        assertThat(estimate.advantages().get(0).advantage()).isCloseTo(0.6 / Math.sqrt(0.152), within(1e-14));
        Belief after = estimate.state().prompt();
        assertThat(after.mean()).isCloseTo(0.4 + 0.052 / 0.152 * 0.6, within(1e-15));
        assertThat(after.variance()).isCloseTo(0.052 * 0.1 / 0.152, within(1e-15));
        assertThat(after.observations()).isEqualTo(4);
        assertThat(after.policyVersion()).isEqualTo(12);
    }

    @Test
    void shouldInflateTheNoiseOfAnObservationOlderThanTheStateAndKeepTheVersion() {
        Belief before = new Belief(0.4, 0.05, 3, 10);
        KrpoOptions options = Krpo.with(Krpo.DEFAULTS, new Fixed(0.1), Baseline.PRIOR, Scale.NONE);

        Estimate estimate = Krpo.of(options).estimate(Krpo.known(before), List.of(new Observation(1, 7)));

        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.05 + 0.1 + 3 * 1e-3, within(1e-15));
        assertThat(estimate.advantages().get(0).advantage()).isEqualTo(0.6);
        assertThat(estimate.state().prompt().policyVersion()).isEqualTo(10);
        assertThat(estimate.state().prompt().variance())
                .isEqualTo(before.update(1, 0.1 + 3 * 1e-3).variance());
    }

    @ParameterizedTest
    @MethodSource("dev.krpo.estimators.kalman.Krpo#noises")
    void shouldStayFiniteWithAPositiveAndBoundedVarianceOverAMillionRandomSteps(ObservationNoise noise) {
        Random random = new Random(SEED);
        KrpoEstimator estimator = Krpo.of(noise, Baseline.LEAVE_ONE_OUT, Scale.SQRT_INNOVATION_VARIANCE);
        State state = State.UNSEEN;
        for (int step = 0; step < 1_000_000; step++) {
            Estimate estimate = estimator.estimate(state, List.of(randomStep(random, state)));
            state = estimate.state();
            double variance = state.prompt().variance();
            // P = P'R/(P' + R) is at most (P' + R)/4 = S/4.
            double bound = estimate.advantages().get(0).variance() / 4 * (1 + 1e-12);
            if (!(estimate.isFinite() && variance > 0 && variance <= bound)) {
                fail("seed %d, step %d, variance %s not in (0, %s]: %s", SEED, step, variance, bound, estimate);
            }
        }
        assertThat(state.prompt().observations()).isEqualTo(1_000_000);
        assertThat(state.prompt().variance()).as("seed %d", SEED).isLessThan(maxNoise(noise) + 0.1);
        assertThat(state.dataset().variance()).as("seed %d", SEED).isPositive().isLessThan(maxNoise(noise) + 0.1);
    }

    @ParameterizedTest
    @MethodSource("dev.krpo.estimators.kalman.Krpo#noises")
    void shouldUpdateTheVarianceByTheWeightedNoiseOverAMillionRandomSteps(ObservationNoise noise) {
        Random random = new Random(SEED);
        KrpoOptions options = Krpo.withTarget(
                Krpo.with(Krpo.DEFAULTS, noise, Baseline.LEAVE_ONE_OUT, Scale.SQRT_INNOVATION_VARIANCE),
                BaselineTarget.LEAST_VARIANCE);
        State state = Krpo.known(new Belief(0.5, 0.05, 0, 0));
        for (int step = 0; step < 1_000_000; step++) {
            Observation observation = randomStep(random, state);
            Estimate estimate = Krpo.of(options).estimate(state, List.of(observation));
            double predicted = state.weighted()
                    .prompt()
                    .predict(observation.policyVersion(), options.processNoise())
                    .variance();
            state = estimate.state();
            double rewardNoise = estimate.advantages().get(0).variance() - predicted;
            double filterNoise = rewardNoise / options.target().weight(observation);
            double expected = predicted * filterNoise / (predicted + filterNoise);
            double variance = state.weighted().prompt().variance();
            if (!(estimate.isFinite() && variance > 0 && Math.abs(variance / expected - 1) < 1e-9)) {
                fail("seed %d, step %d, variance %s is not %s: %s", SEED, step, variance, expected, estimate);
            }
        }
        assertThat(state.weighted().prompt().observations()).isEqualTo(1_000_000);
    }

    /** Up to fifty versions before or after the state, occasionally absurdly far. */
    private static Observation randomStep(Random random, State state) {
        long known = state.prompt() == null ? 50 : state.prompt().policyVersion();
        long version = Math.max(0, known + random.nextInt(101) - 50);
        double reward = random.nextInt(10) == 0 ? random.nextGaussian() * 100 : random.nextInt(2);
        return new Observation(reward, version, logProbs(random), Map.of());
    }

    /** After an observation the variance is at most R; a step may add Q for up to a hundred versions. */
    private static double maxNoise(ObservationNoise noise) {
        if (noise instanceof Fixed fixed) {
            return fixed.variance();
        }
        // Rewards are mostly 0 or 1; a tenth of them have variance 1e4.
        return noise instanceof Bernoulli ? 0.25 : 2e3;
    }

    @Test
    void shouldTrackTheExpectedRewardForEveryTarget() {
        Random random = new Random(SEED);
        State plain = State.UNSEEN;
        State weighted = State.UNSEEN;
        KrpoOptions options = Krpo.withTarget(Krpo.DEFAULTS, BaselineTarget.LEAST_VARIANCE);
        for (int group = 0; group < 100; group++) {
            List<Observation> rewards = randomGroup(random, 1 + random.nextInt(8));
            plain = Krpo.of(Krpo.DEFAULTS).estimate(plain, rewards).state();
            Estimate estimate = Krpo.of(options).estimate(weighted, rewards);
            weighted = estimate.state();

            assertThat(weighted.prompt().withWeighted(null)).as("seed %d", SEED).isEqualTo(plain.prompt());
            assertThat(weighted.dataset().withWeighted(null))
                    .as("seed %d", SEED)
                    .isEqualTo(plain.dataset());
        }
        assertThat(weighted.weighted().prompt().mean())
                .isNotEqualTo(plain.prompt().mean());
    }

    @Test
    void shouldStartTheWeightedFilterFromTheExpectedRewardWhenTheTargetIsChanged() {
        State plain = Krpo.of(Krpo.DEFAULTS)
                .estimate(State.UNSEEN, Rewards.of(1, 0, 1))
                .state();
        KrpoOptions options = Krpo.withTarget(Krpo.DEFAULTS, BaselineTarget.LEAST_VARIANCE);

        Estimate changed = Krpo.of(options).estimate(plain, Rewards.of(1));

        assertThat(changed.advantages().get(0).baseline())
                .isEqualTo(plain.prompt().mean());
        State back =
                Krpo.of(Krpo.DEFAULTS).estimate(changed.state(), Rewards.of(1)).state();
        assertThat(back.prompt().weighted()).isNull();
        assertThat(back.dataset().weighted()).isNull();
    }

    @Test
    void shouldKeepVariancePositiveWhenProcessNoiseIsZero() {
        KrpoOptions options = Krpo.withProcessNoise(Krpo.DEFAULTS, 0);
        State state = State.UNSEEN;
        for (int step = 0; step < 1_000_000; step++) {
            state = Krpo.of(options).estimate(state, Rewards.of(1)).state();
        }
        assertThat(state.prompt().variance()).isPositive().isCloseTo(0.02 / 1_000_000, within(1e-9));
        assertThat(state.prompt().mean()).isCloseTo(1, within(1e-6));
    }

    @ParameterizedTest
    @EnumSource
    void shouldEqualBatchWeightedLeastSquaresWhenProcessNoiseIsZero(BaselineTarget target) {
        Random random = new Random(SEED);
        double noise = 0.07;
        KrpoOptions options = Krpo.withTarget(
                Krpo.withProcessNoise(
                        Krpo.with(Krpo.DEFAULTS, new Fixed(noise), Baseline.LEAVE_ONE_OUT, Scale.NONE), 0),
                target);
        Belief start = new Belief(0.3, 0.2, 0, 0);
        State state = Krpo.known(start);
        double precision = 1 / start.variance();
        double weighted = start.mean() / start.variance();
        for (int group = 0; group < 200; group++) {
            List<Observation> rewards = randomGroup(random, 1 + random.nextInt(8));
            for (Observation observation : rewards) {
                double weight = target.weight(observation);
                precision += weight / noise;
                weighted += weight * observation.reward() / noise;
            }
            state = Krpo.of(options).estimate(state, rewards).state();
        }
        Belief after = state.weighted().prompt();
        assertThat(after.mean()).as("seed %d", SEED).isCloseTo(weighted / precision, within(1e-12));
        assertThat(after.variance()).as("seed %d", SEED).isCloseTo(1 / precision, within(1e-12));
    }

    @ParameterizedTest
    @EnumSource
    void shouldEqualWeightedLeastSquaresInAGroupWithLateMembers(BaselineTarget target) {
        Random random = new Random(SEED);
        KrpoOptions options =
                Krpo.withTarget(Krpo.with(Krpo.DEFAULTS, new Fixed(0.07), Baseline.LEAVE_ONE_OUT, Scale.NONE), target);
        Belief before = new Belief(0.3, 0.04, 5, 40);
        List<Observation> group = randomGroup(random, 9);
        double precision = 1 / before.variance();
        double weighted = before.mean() / before.variance();
        for (Observation observation : group) {
            double weight = target.weight(observation) / (0.07 + 1e-3 * (40 - observation.policyVersion()));
            precision += weight;
            weighted += weight * observation.reward();
        }

        Belief after = Krpo.of(options)
                .estimate(Krpo.known(before), group)
                .state()
                .weighted()
                .prompt();

        assertThat(after.mean()).as("seed %d", SEED).isCloseTo(weighted / precision, within(1e-14));
        assertThat(after.variance()).as("seed %d", SEED).isCloseTo(1 / precision, within(1e-14));
    }

    @ParameterizedTest
    @MethodSource("dev.krpo.estimators.kalman.Krpo#noises")
    void shouldReachTheSamePosteriorInAnyOrderOfTheGroup(ObservationNoise noise) {
        for (BaselineTarget target : BaselineTarget.values()) {
            reachTheSamePosteriorInAnyOrder(Krpo.of(Krpo.withTarget(
                    Krpo.with(Krpo.DEFAULTS, noise, Baseline.LEAVE_ONE_OUT, Scale.SQRT_INNOVATION_VARIANCE), target)));
        }
    }

    private static void reachTheSamePosteriorInAnyOrder(KrpoEstimator estimator) {
        Random random = new Random(SEED);
        Belief before = new Belief(0.3, 0.04, 5, 20);
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 2 + random.nextInt(15));
            List<Observation> shuffled = new ArrayList<>(group);
            Collections.shuffle(shuffled, random);

            State one = estimator.estimate(Krpo.known(before), group).state();
            State other = estimator.estimate(Krpo.known(before), shuffled).state();

            assertSame(other.prompt(), one.prompt());
            assertSame(other.dataset(), one.dataset());
            assertSame(other.weighted().prompt(), one.weighted().prompt());
            assertSame(other.weighted().dataset(), one.weighted().dataset());
        }
    }

    private static void assertSame(Belief actual, Belief expected) {
        String seed = "seed " + SEED;
        assertThat(actual.mean()).as(seed).isCloseTo(expected.mean(), within(1e-12));
        assertThat(actual.variance()).as(seed).isCloseTo(expected.variance(), within(1e-12));
        assertThat(actual.adaptedNoise()).as(seed).isCloseTo(expected.adaptedNoise(), within(1e-12));
        assertThat(actual.observations()).as(seed).isEqualTo(expected.observations());
    }

    @ParameterizedTest
    @EnumSource
    void shouldExcludeACompletionFromItsOwnBaselineAndScale(BaselineTarget target) {
        Random random = new Random(SEED);
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 1 + random.nextInt(8));
            int own = random.nextInt(group.size());
            List<Observation> perturbed = new ArrayList<>(group);
            perturbed.set(
                    own,
                    new Observation(
                            random.nextGaussian() * 1e6, group.get(own).policyVersion(), logProbs(random), Map.of()));
            for (ObservationNoise noise : Krpo.noises()) {
                for (Baseline baseline : List.of(Baseline.PRIOR, Baseline.LEAVE_ONE_OUT)) {
                    KrpoEstimator estimator = Krpo.of(Krpo.withTarget(
                            Krpo.with(Krpo.DEFAULTS, noise, baseline, Scale.SQRT_INNOVATION_VARIANCE), target));

                    Advantage one =
                            estimator.estimate(State.UNSEEN, group).advantages().get(own);
                    Advantage other = estimator
                            .estimate(State.UNSEEN, perturbed)
                            .advantages()
                            .get(own);

                    assertThat(other.baseline()).as("seed %d", SEED).isEqualTo(one.baseline());
                    assertThat(other.variance()).as("seed %d", SEED).isEqualTo(one.variance());
                }
            }
        }
    }

    @Test
    void shouldUseThePosteriorOfTheWholeGroupAsBaselineIfConfigured() {
        Random random = new Random(SEED);
        State state = Krpo.known(new Belief(0.3, 0.04, 5, 20));
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 1 + random.nextInt(8));
            Estimate estimate = Krpo.of(Krpo.DEFAULTS.observationNoise(), Baseline.POSTERIOR, Scale.NONE)
                    .estimate(state, group);
            Belief posterior = estimate.state().prompt();

            for (int i = 0; i < group.size(); i++) {
                Advantage advantage = estimate.advantages().get(i);
                double noise = 0.3 * 0.7
                        + 1e-3 * (posterior.policyVersion() - group.get(i).policyVersion());
                assertThat(advantage.baseline()).as("seed %d", SEED).isCloseTo(posterior.mean(), within(1e-12));
                // The reward is in the posterior: var(r - x) = R + P - 2 cov(r, x) = R - P.
                assertThat(advantage.variance())
                        .as("seed %d", SEED)
                        .isCloseTo(noise - posterior.variance(), within(1e-12));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveTheSameScaledAdvantageWithThePosteriorAsWithLeaveOneOut(BaselineTarget target) {
        KrpoOptions leaveOneOut = Krpo.withTarget(Krpo.DEFAULTS, target);
        Random random = new Random(SEED);
        State state = Krpo.known(new Belief(0.3, 0.04, 5, 20));
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 1 + random.nextInt(8));
            List<Advantage> posterior = Krpo.of(Krpo.with(
                            leaveOneOut,
                            leaveOneOut.observationNoise(),
                            Baseline.POSTERIOR,
                            Scale.SQRT_INNOVATION_VARIANCE))
                    .estimate(state, group)
                    .advantages();
            List<Advantage> others = Krpo.of(leaveOneOut).estimate(state, group).advantages();

            for (int i = 0; i < group.size(); i++) {
                assertThat(posterior.get(i).advantage())
                        .as("seed %d", SEED)
                        .isCloseTo(others.get(i).advantage(), within(1e-12));
            }
        }
    }

    @Test
    void shouldAgreeWithTheInformationFormOfLeaveOneOut() {
        Random random = new Random(SEED);
        Belief before = new Belief(0.3, 0.04, 5, 20);
        double noise = 0.1;
        KrpoOptions options = Krpo.with(Krpo.DEFAULTS, new Fixed(noise), Baseline.LEAVE_ONE_OUT, Scale.NONE);
        List<Observation> group = Rewards.of(random.nextDouble(), random.nextDouble(), random.nextDouble());
        Belief current = new Belief(0.3, 0.04, 5, 0);
        double information = 1 / before.variance() + 2 / noise;
        double others = group.get(0).reward() + group.get(2).reward();
        double expected = (before.mean() / before.variance() + others / noise) / information;

        Advantage advantage = Krpo.of(options)
                .estimate(Krpo.known(current), group)
                .advantages()
                .get(1);

        assertThat(advantage.baseline()).as("seed %d", SEED).isCloseTo(expected, within(1e-14));
        assertThat(advantage.variance()).as("seed %d", SEED).isCloseTo(1 / information + noise, within(1e-14));
    }

    @Test
    void shouldApproachTheCentredRewardOfTheGroupWithoutPriorKnowledge() {
        Random random = new Random(SEED);
        State ignorant = Krpo.known(new Belief(0.5, 1e12, 0, 0));
        KrpoOptions options = Krpo.with(Krpo.DEFAULTS, new Fixed(0.1), Baseline.LEAVE_ONE_OUT, Scale.NONE);
        for (int size = 2; size <= 16; size++) {
            double[] rewards = random.doubles(size).toArray();
            double mean = java.util.Arrays.stream(rewards).average().orElseThrow();

            List<Advantage> advantages =
                    Krpo.of(options).estimate(ignorant, Rewards.of(rewards)).advantages();

            for (int i = 0; i < size; i++) {
                assertThat(advantages.get(i).advantage())
                        .as("seed %d, size %d", SEED, size)
                        .isCloseTo((double) size / (size - 1) * (rewards[i] - mean), within(1e-9));
            }
        }
    }

    @Test
    void shouldUseThePriorAloneInAGroupOfOne() {
        State state = Krpo.known(new Belief(0.37, 0.013, 9, 0));
        KrpoOptions prior = Krpo.with(
                Krpo.DEFAULTS, Krpo.DEFAULTS.observationNoise(), Baseline.PRIOR, Scale.SQRT_INNOVATION_VARIANCE);

        assertThat(Krpo.of(Krpo.DEFAULTS).estimate(state, Rewards.of(1)))
                .isEqualTo(Krpo.of(prior).estimate(state, Rewards.of(1)));
    }

    @Test
    void shouldStartANewPromptFromTheBeliefOfItsDataset() {
        State state = new State(null, new Belief(0.8, 0.01, 100, 4));

        Estimate estimate = Krpo.of(Krpo.DEFAULTS).estimate(state, List.of(new Observation(1, 4)));

        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.8);
        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.05 + 0.01 + 0.8 * 0.2, within(1e-15));
        assertThat(estimate.state().prompt().observations()).isEqualTo(1);
        assertThat(estimate.state().dataset().mean()).isGreaterThan(0.8);
        assertThat(estimate.state().dataset().observations()).isEqualTo(101);
    }

    @Test
    void shouldNotDateANewPromptByTheNewestVersionOfItsDataset() {
        State state = new State(null, new Belief(0.5, 0.01, 100, 1_000_000_000));

        Estimate estimate =
                Krpo.of(Krpo.DEFAULTS).estimate(state, List.of(new Observation(1, 4), new Observation(1, 3)));

        assertThat(estimate.state().prompt().policyVersion()).isEqualTo(4);
        // V = 1/(1/(P0 + P_d) + 1/(R + Q)) and R = 0.25: neither noise grew by a billion versions.
        assertThat(estimate.advantages().get(0).variance()).isCloseTo(1 / (1 / 0.06 + 1 / 0.251) + 0.25, within(1e-12));
    }

    @Test
    void shouldStartADatasetFromTheConfiguredPrior() {
        Estimate estimate = Krpo.of(Krpo.DEFAULTS).estimate(State.UNSEEN, List.of(new Observation(0, 1_000)));

        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.5);
        assertThat(estimate.state().dataset().policyVersion()).isEqualTo(1_000);
        assertThat(estimate.state().dataset().variance()).isLessThan(0.25);
    }

    @Test
    void shouldWaitForTheGroupOnlyIfTheBaselineIncludesOtherMembers() {
        assertThat(Krpo.of(Krpo.DEFAULTS).grouped()).isTrue();
        assertThat(Krpo.of(new Fixed(1), Baseline.PRIOR, Scale.NONE).grouped()).isFalse();
        assertThat(Krpo.of(new Fixed(1), Baseline.POSTERIOR, Scale.NONE).grouped())
                .isTrue();
        assertThat(Krpo.of(Krpo.DEFAULTS).minGroupSize()).isEqualTo(1);
    }

    @Test
    void shouldReportWhenRewardsOverflow() {
        assertThat(Krpo.of(Krpo.DEFAULTS)
                        .estimate(State.UNSEEN, Rewards.of(Double.MAX_VALUE, -Double.MAX_VALUE))
                        .isFinite())
                .isFalse();
        assertThat(Krpo.of(Krpo.DEFAULTS)
                        .estimate(State.UNSEEN, Rewards.of(1e6, -1e6))
                        .isFinite())
                .isTrue();
    }

    private static List<Observation> randomGroup(Random random, int size) {
        List<Observation> group = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            group.add(new Observation(random.nextDouble(), random.nextInt(40), logProbs(random), Map.of()));
        }
        return group;
    }

    private static float[] logProbs(Random random) {
        float[] logProbs = new float[1 + random.nextInt(4)];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = (float) Math.log(random.nextDouble());
        }
        return logProbs;
    }
}
