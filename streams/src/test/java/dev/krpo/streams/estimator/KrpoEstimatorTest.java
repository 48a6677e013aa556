package dev.krpo.streams.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.streams.estimator.KrpoOptions.Baseline;
import dev.krpo.streams.estimator.KrpoOptions.Scale;
import dev.krpo.streams.estimator.ObservationNoise.Bernoulli;
import dev.krpo.streams.estimator.ObservationNoise.Fixed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KrpoEstimatorTest {

    private static final long SEED = 20_250_507L;
    private static final KrpoOptions DEFAULTS = new KrpoOptions(
            1e-3, new Bernoulli(0.02), 0.05, 0.5, 0.25, Baseline.LEAVE_ONE_OUT, Scale.SQRT_INNOVATION_VARIANCE);

    @Test
    void shouldFollowTheFilterEquationsByHand() {
        Filter before = new Filter(0.4, 0.05, 3, 10);
        KrpoOptions options = with(DEFAULTS, new Fixed(0.1), Baseline.PRIOR, Scale.SQRT_INNOVATION_VARIANCE);

        Estimate estimate = krpo(options).estimate(known(before), List.of(new Observation(1, 12)));

        // P' = 0.05 + 2 * 0.001 = 0.052; S = 0.152; K = 0.052 / 0.152; e = 0.6
        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.4);
        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.152, within(1e-15));
        assertThat(estimate.advantages().get(0).advantage()).isCloseTo(0.6 / Math.sqrt(0.152), within(1e-14));
        Filter after = estimate.state().prompt();
        assertThat(after.mean()).isCloseTo(0.4 + 0.052 / 0.152 * 0.6, within(1e-15));
        assertThat(after.variance()).isCloseTo(0.052 * 0.1 / 0.152, within(1e-15));
        assertThat(after.observations()).isEqualTo(4);
        assertThat(after.policyVersion()).isEqualTo(12);
    }

    @Test
    void shouldInflateTheNoiseOfAnObservationOlderThanTheStateAndKeepTheVersion() {
        Filter before = new Filter(0.4, 0.05, 3, 10);
        KrpoOptions options = with(DEFAULTS, new Fixed(0.1), Baseline.PRIOR, Scale.NONE);

        Estimate estimate = krpo(options).estimate(known(before), List.of(new Observation(1, 7)));

        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.05 + 0.1 + 3 * 1e-3, within(1e-15));
        assertThat(estimate.advantages().get(0).advantage()).isEqualTo(0.6);
        assertThat(estimate.state().prompt().policyVersion()).isEqualTo(10);
        assertThat(estimate.state().prompt().variance())
                .isEqualTo(before.update(1, 0.1 + 3 * 1e-3).variance());
    }

    @Test
    void shouldKeepVariancePositiveAndBoundedOverAMillionRandomSteps() {
        Random random = new Random(SEED);
        KrpoEstimator estimator = krpo(DEFAULTS);
        int maxGap = 50;
        // A step adds Q for each version it goes forward; then an observation leaves at most R, which Bernoulli bounds
        // by 1/4.
        double bound = Math.max(0.05 + 0.25, 0.25 + DEFAULTS.processNoise() * 2 * maxGap);
        State state = State.UNSEEN;
        long version = maxGap;
        for (int step = 0; step < 1_000_000; step++) {
            version = Math.max(0, version + random.nextInt(2 * maxGap + 1) - maxGap);
            double reward = random.nextInt(10) == 0 ? random.nextGaussian() * 100 : random.nextInt(2);
            Estimate estimate = estimator.estimate(state, List.of(new Observation(reward, version)));
            state = estimate.state();
            double variance = state.prompt().variance();
            if (!(variance > 0 && variance <= bound)
                    || !(estimate.advantages().get(0).variance() > 0)) {
                assertThat(variance)
                        .as("seed %d, step %d, estimate %s", SEED, step, estimate)
                        .isPositive()
                        .isLessThanOrEqualTo(bound);
            }
            version = state.prompt().policyVersion();
        }
        assertThat(state.prompt().observations()).isEqualTo(1_000_000);
        assertThat(state.dataset().variance()).as("seed %d", SEED).isPositive().isLessThan(0.5);
    }

    @Test
    void shouldKeepVariancePositiveWhenProcessNoiseIsZero() {
        KrpoOptions options = withProcessNoise(DEFAULTS, 0);
        State state = State.UNSEEN;
        for (int step = 0; step < 1_000_000; step++) {
            state = krpo(options).estimate(state, Rewards.of(1)).state();
        }
        assertThat(state.prompt().variance()).isPositive().isCloseTo(0.02 / 1_000_000, within(1e-9));
        assertThat(state.prompt().mean()).isCloseTo(1, within(1e-6));
    }

    @Test
    void shouldEqualBatchWeightedLeastSquaresWhenProcessNoiseIsZero() {
        Random random = new Random(SEED);
        double noise = 0.07;
        KrpoOptions options = withProcessNoise(with(DEFAULTS, new Fixed(noise), Baseline.LEAVE_ONE_OUT, Scale.NONE), 0);
        Filter start = new Filter(0.3, 0.2, 0, 0);
        State state = known(start);
        double precision = 1 / start.variance();
        double weighted = start.mean() / start.variance();
        for (int group = 0; group < 200; group++) {
            List<Observation> rewards = randomGroup(random, 1 + random.nextInt(8));
            for (Observation observation : rewards) {
                precision += 1 / noise;
                weighted += observation.reward() / noise;
            }
            state = krpo(options).estimate(state, rewards).state();
        }
        assertThat(state.prompt().mean()).as("seed %d", SEED).isCloseTo(weighted / precision, within(1e-12));
        assertThat(state.prompt().variance()).as("seed %d", SEED).isCloseTo(1 / precision, within(1e-12));
    }

    @Test
    void shouldReachTheSamePosteriorInAnyOrderOfTheGroup() {
        Random random = new Random(SEED);
        Filter before = new Filter(0.3, 0.04, 5, 20);
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 2 + random.nextInt(15));
            List<Observation> shuffled = new ArrayList<>(group);
            Collections.shuffle(shuffled, random);

            State one = krpo(DEFAULTS).estimate(known(before), group).state();
            State other = krpo(DEFAULTS).estimate(known(before), shuffled).state();

            assertThat(other.prompt().mean())
                    .as("seed %d", SEED)
                    .isCloseTo(one.prompt().mean(), within(1e-12));
            assertThat(other.prompt().variance())
                    .as("seed %d", SEED)
                    .isCloseTo(one.prompt().variance(), within(1e-12));
            assertThat(other.dataset().mean())
                    .as("seed %d", SEED)
                    .isCloseTo(one.dataset().mean(), within(1e-12));
        }
    }

    @Test
    void shouldNeverLetTheOwnRewardIntoItsBaselineOrScale() {
        Random random = new Random(SEED);
        for (int trial = 0; trial < 1_000; trial++) {
            List<Observation> group = randomGroup(random, 1 + random.nextInt(8));
            int own = random.nextInt(group.size());
            List<Observation> perturbed = new ArrayList<>(group);
            perturbed.set(
                    own,
                    new Observation(random.nextGaussian() * 1e6, group.get(own).policyVersion()));
            for (Baseline baseline : Baseline.values()) {
                KrpoEstimator estimator =
                        krpo(with(DEFAULTS, new Bernoulli(0.02), baseline, Scale.SQRT_INNOVATION_VARIANCE));

                Advantage one =
                        estimator.estimate(State.UNSEEN, group).advantages().get(own);
                Advantage other =
                        estimator.estimate(State.UNSEEN, perturbed).advantages().get(own);

                assertThat(other.baseline()).as("seed %d", SEED).isEqualTo(one.baseline());
                assertThat(other.variance()).as("seed %d", SEED).isEqualTo(one.variance());
            }
        }
    }

    @Test
    void shouldAgreeWithTheInformationFormOfLeaveOneOut() {
        Random random = new Random(SEED);
        Filter before = new Filter(0.3, 0.04, 5, 20);
        double noise = 0.1;
        KrpoOptions options = with(DEFAULTS, new Fixed(noise), Baseline.LEAVE_ONE_OUT, Scale.NONE);
        List<Observation> group = Rewards.of(random.nextDouble(), random.nextDouble(), random.nextDouble());
        Filter current = new Filter(0.3, 0.04, 5, 0);
        double information = 1 / before.variance() + 2 / noise;
        double others = group.get(0).reward() + group.get(2).reward();
        double expected = (before.mean() / before.variance() + others / noise) / information;

        Advantage advantage =
                krpo(options).estimate(known(current), group).advantages().get(1);

        assertThat(advantage.baseline()).as("seed %d", SEED).isCloseTo(expected, within(1e-14));
        assertThat(advantage.variance()).as("seed %d", SEED).isCloseTo(1 / information + noise, within(1e-14));
    }

    @Test
    void shouldTendToTheCentredRewardOfTheGroupWhenNothingIsKnown() {
        Random random = new Random(SEED);
        State ignorant = known(new Filter(0.5, 1e12, 0, 0));
        KrpoOptions options = with(DEFAULTS, new Fixed(0.1), Baseline.LEAVE_ONE_OUT, Scale.NONE);
        for (int size = 2; size <= 16; size++) {
            double[] rewards = random.doubles(size).toArray();
            double mean = java.util.Arrays.stream(rewards).average().orElseThrow();

            List<Advantage> advantages =
                    krpo(options).estimate(ignorant, Rewards.of(rewards)).advantages();

            for (int i = 0; i < size; i++) {
                assertThat(advantages.get(i).advantage())
                        .as("seed %d, size %d", SEED, size)
                        .isCloseTo((double) size / (size - 1) * (rewards[i] - mean), within(1e-9));
            }
        }
    }

    @Test
    void shouldUseThePriorAloneInAGroupOfOne() {
        State state = known(new Filter(0.37, 0.013, 9, 0));
        KrpoOptions prior = with(DEFAULTS, DEFAULTS.observationNoise(), Baseline.PRIOR, Scale.SQRT_INNOVATION_VARIANCE);

        assertThat(krpo(DEFAULTS).estimate(state, Rewards.of(1)))
                .isEqualTo(krpo(prior).estimate(state, Rewards.of(1)));
    }

    @Test
    void shouldStartANewPromptFromTheFilterOfItsDataset() {
        State state = new State(null, new Filter(0.8, 0.01, 100, 4));

        Estimate estimate = krpo(DEFAULTS).estimate(state, List.of(new Observation(1, 4)));

        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.8);
        assertThat(estimate.advantages().get(0).variance()).isCloseTo(0.05 + 0.01 + 0.8 * 0.2, within(1e-15));
        assertThat(estimate.state().prompt().observations()).isEqualTo(1);
        assertThat(estimate.state().dataset().mean()).isGreaterThan(0.8);
        assertThat(estimate.state().dataset().observations()).isEqualTo(101);
    }

    @Test
    void shouldStartADatasetFromTheConfiguredPrior() {
        Estimate estimate = krpo(DEFAULTS).estimate(State.UNSEEN, List.of(new Observation(0, 1_000)));

        assertThat(estimate.advantages().get(0).baseline()).isEqualTo(0.5);
        assertThat(estimate.state().dataset().policyVersion()).isEqualTo(1_000);
        assertThat(estimate.state().dataset().variance()).isLessThan(0.25);
    }

    @Test
    void shouldClampTheMeanOfTheBernoulliNoiseWhenRewardsLeaveTheUnitInterval() {
        Bernoulli noise = new Bernoulli(0.02);

        assertThat(noise.variance(0.5)).isEqualTo(0.25);
        assertThat(noise.variance(1.7)).isEqualTo(0.02);
        assertThat(noise.variance(-40)).isEqualTo(0.02);
        assertThat(noise.variance(1)).isEqualTo(0.02);
    }

    @Test
    void shouldWaitForTheGroupOnlyWhenOtherMembersAreInTheBaseline() {
        assertThat(krpo(DEFAULTS).grouped()).isTrue();
        assertThat(krpo(with(DEFAULTS, new Fixed(1), Baseline.PRIOR, Scale.NONE))
                        .grouped())
                .isFalse();
        assertThat(krpo(DEFAULTS).smallestGroup()).isEqualTo(1);
    }

    @Test
    void shouldSayWhenRewardsOverflow() {
        assertThat(krpo(DEFAULTS)
                        .estimate(State.UNSEEN, Rewards.of(Double.MAX_VALUE, -Double.MAX_VALUE))
                        .isFinite())
                .isFalse();
        assertThat(krpo(DEFAULTS).estimate(State.UNSEEN, Rewards.of(1e6, -1e6)).isFinite())
                .isTrue();
    }

    private static List<Observation> randomGroup(Random random, int size) {
        List<Observation> group = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            group.add(new Observation(random.nextDouble(), random.nextInt(40)));
        }
        return group;
    }

    private static State known(Filter prompt) {
        return new State(prompt, new Filter(0.5, 0.25, 0, prompt.policyVersion()));
    }

    private static KrpoEstimator krpo(KrpoOptions options) {
        return new KrpoEstimator(options);
    }

    private static KrpoOptions with(KrpoOptions base, ObservationNoise noise, Baseline baseline, Scale scale) {
        return new KrpoOptions(
                base.processNoise(),
                noise,
                base.initialVariance(),
                base.priorMean(),
                base.priorVariance(),
                baseline,
                scale);
    }

    private static KrpoOptions withProcessNoise(KrpoOptions base, double processNoise) {
        return new KrpoOptions(
                processNoise,
                base.observationNoise(),
                base.initialVariance(),
                base.priorMean(),
                base.priorVariance(),
                base.baseline(),
                base.scale());
    }
}
