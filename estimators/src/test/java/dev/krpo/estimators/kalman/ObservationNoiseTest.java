package dev.krpo.estimators.kalman;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.estimators.kalman.ObservationNoise.Adaptive;
import dev.krpo.estimators.kalman.ObservationNoise.Bernoulli;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ObservationNoiseTest {

    private static final long SEED = 1_960L;
    private static final Adaptive ADAPTIVE = new Adaptive(0.1, 0.01, 0.02);

    @Test
    void shouldClampTheMeanOfTheBernoulliNoiseWhenRewardsLeaveTheUnitInterval() {
        Bernoulli noise = new Bernoulli(0.02);

        assertThat(noise.variance(believing(0.5))).isEqualTo(0.25);
        assertThat(noise.variance(believing(1.7))).isEqualTo(0.02);
        assertThat(noise.variance(believing(-40))).isEqualTo(0.02);
        assertThat(noise.variance(believing(1))).isEqualTo(0.02);
    }

    @Test
    void shouldLearnTheNoiseByHand() {
        State before = new State(
                new Belief(0.4, 0.05, 3, 7).withAdaptedNoise(0.2), new Belief(0.5, 0.01, 90, 7).withAdaptedNoise(0.3));

        State after =
                krpo(ADAPTIVE).estimate(before, List.of(new Observation(1, 7))).state();

        // K = 0.05/0.25 = 0.2; residual = 0.8 * 0.6 = 0.48; P = 0.8 * 0.05 = 0.04; s = 0.48^2 + 0.04 = 0.2704
        assertThat(after.prompt().variance()).isCloseTo(0.04, within(1e-15));
        assertThat(after.prompt().adaptedNoise()).isCloseTo(0.2 + 0.01 * (0.2704 - 0.2), within(1e-15));
        assertThat(after.dataset().adaptedNoise()).isCloseTo(0.3 + 0.01 * (0.2704 - 0.3), within(1e-15));
    }

    @Test
    void shouldExcludeTheDriftOfALateRewardFromTheNoise() {
        State before = Krpo.known(new Belief(0.4, 0.05, 3, 107).withAdaptedNoise(0.1));

        State after =
                krpo(ADAPTIVE).estimate(before, List.of(new Observation(1, 7))).state();

        // R_i = 0.1 + 100 * 0.001 = 0.2, so half of the residual is R: s = 0.2704/2
        assertThat(after.prompt().adaptedNoise()).isCloseTo(0.1 + 0.01 * (0.1352 - 0.1), within(1e-15));
    }

    @Test
    void shouldLearnTheNoiseOfTheWeightedRewardsWithTheirWeights() {
        Belief filter = new Belief(0.4, 0.05, 3, 7).withAdaptedNoise(0.2);
        State before = new State(filter, filter);
        List<Observation> group = List.of(drawn(1, 0.5), drawn(0, 1e-9));

        Belief after = Krpo.of(Krpo.withTarget(
                        Krpo.with(Krpo.DEFAULTS, ADAPTIVE, Baseline.LEAVE_ONE_OUT, Scale.NONE),
                        BaselineTarget.LEAST_VARIANCE))
                .estimate(before, group)
                .state()
                .weighted()
                .prompt();

        // w = 1/4 and 1; P = 1/(1/0.05 + 0.25/0.2 + 1/0.2); x = 0.4 + P (0.25/0.2 * 0.6 - 1/0.2 * 0.4)
        double variance = 1 / 26.25;
        double mean = 0.4 - variance * 1.25;
        double seen = (0.25 * Math.pow(1 - mean, 2) + mean * mean) / 1.25 + variance;
        assertThat(after.variance()).isCloseTo(variance, within(1e-9));
        assertThat(after.mean()).isCloseTo(mean, within(1e-9));
        assertThat(after.adaptedNoise()).isCloseTo(0.2 + (1 - 0.99 * 0.99) * (seen - 0.2), within(1e-9));
    }

    private static Observation drawn(double reward, double probability) {
        return new Observation(reward, 7, new float[] {(float) Math.log(probability)}, Map.of());
    }

    @Test
    void shouldUseTheNoiseFromBeforeTheGroup() {
        State before = Krpo.known(new Belief(0.4, 0.05, 3, 0).withAdaptedNoise(0.2));

        List<Advantage> advantages =
                krpo(ADAPTIVE).estimate(before, Rewards.of(1e3, 0)).advantages();

        // V = 1/(1/0.05 + 1/0.2) = 0.04
        assertThat(advantages).extracting(Advantage::variance).allSatisfy(variance -> assertThat(variance)
                .isCloseTo(0.24, within(1e-15)));
    }

    @Test
    void shouldLearnTheSameFromAGroupAsFromItsRewardsOneByOne() {
        State before = Krpo.known(new Belief(0.4, 1e-12, 3, 0).withAdaptedNoise(0.2));
        double alone = 0.2;
        for (int i = 0; i < 5; i++) {
            alone += 0.01 * (0.36 - alone);
        }

        State after = krpo(ADAPTIVE).estimate(before, Rewards.of(1, 1, 1, 1, 1)).state();

        assertThat(after.prompt().adaptedNoise()).isCloseTo(alone, within(1e-9));
    }

    @Test
    void shouldFindTheVarianceOfRewardsOfAnyScale() {
        Random random = new Random(SEED);
        KrpoEstimator estimator = krpo(new Adaptive(1, 0.001, 0.02));
        State state = State.UNSEEN;
        for (int i = 0; i < 20_000; i++) {
            state = estimator
                    .estimate(state, Rewards.of(50 + 3 * random.nextGaussian()))
                    .state();
        }

        // The exponential average of squares has a relative deviation of sqrt(gain) = 0.03.
        assertThat(state.prompt().adaptedNoise()).as("seed %d", SEED).isCloseTo(9, within(1.0));
        assertThat(state.dataset().adaptedNoise()).as("seed %d", SEED).isCloseTo(9, within(1.0));
        assertThat(state.prompt().mean()).as("seed %d", SEED).isCloseTo(50, within(0.2));
    }

    @Test
    void shouldStopAtTheFloorWhenRewardsNeverChange() {
        KrpoEstimator estimator = krpo(ADAPTIVE);
        State state = State.UNSEEN;
        for (int i = 0; i < 2_000; i++) {
            state = estimator.estimate(state, Rewards.of(1)).state();
        }

        assertThat(state.prompt().adaptedNoise()).isEqualTo(0.02);
        assertThat(ADAPTIVE.variance(state.dataset())).isEqualTo(0.02);
    }

    @Test
    void shouldStartAPromptWithTheNoiseOfItsDataset() {
        Belief dataset = new Belief(0.5, 0.01, 90, 7).withAdaptedNoise(0.3);
        List<Observation> group = List.of(new Observation(1, 7));

        Advantage unseen = krpo(ADAPTIVE)
                .estimate(new State(null, dataset), group)
                .advantages()
                .get(0);
        Advantage seenBeforeItWasAdapted = krpo(ADAPTIVE)
                .estimate(new State(new Belief(0.5, 0.05, 4, 7), dataset), group)
                .advantages()
                .get(0);

        assertThat(unseen.variance()).isCloseTo(0.05 + 0.01 + 0.3, within(1e-15));
        assertThat(seenBeforeItWasAdapted.variance()).isCloseTo(0.05 + 0.3, within(1e-15));
    }

    @Test
    void shouldStartWithTheConfiguredNoiseWhenNothingWasLearned() {
        Advantage advantage = krpo(ADAPTIVE)
                .estimate(State.UNSEEN, Rewards.of(1))
                .advantages()
                .get(0);

        assertThat(advantage.variance()).isCloseTo(0.05 + 0.25 + 0.1, within(1e-15));
    }

    @Test
    void shouldDiscardLearnedNoiseWhenItIsNoLongerAdaptive() {
        State adapted = new State(
                new Belief(0.4, 0.05, 3, 7).withAdaptedNoise(0.2), new Belief(0.5, 0.01, 90, 7).withAdaptedNoise(0.3));

        State after = krpo(new Bernoulli(0.02))
                .estimate(adapted, List.of(new Observation(1, 7)))
                .state();

        assertThat(after.prompt().adaptedNoise()).isZero();
        assertThat(after.dataset().adaptedNoise()).isZero();
        assertThat(after.prompt().observations()).isEqualTo(4);
    }

    private static Belief believing(double mean) {
        return new Belief(mean, 0.05, 1, 0);
    }

    private static KrpoEstimator krpo(ObservationNoise noise) {
        return Krpo.of(noise, Baseline.LEAVE_ONE_OUT, Scale.NONE);
    }
}
