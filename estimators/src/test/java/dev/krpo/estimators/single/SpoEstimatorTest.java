package dev.krpo.estimators.single;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpoEstimatorTest {

    private static final long SEED = 250_913_232L;
    private static final double HALF_LIFE = 20;
    private static final Estimator SPO = new SpoEstimator(0.5, HALF_LIFE);

    @Test
    void shouldFollowTheRecursionOfTheCountsForThousandsOfRewards() {
        Random random = new Random(SEED);
        double a = 4;
        double b = 4;
        long version = 0;
        State state = State.UNSEEN;
        for (int step = 0; step < 20_000; step++) {
            long newer = random.nextInt(3) == 0 ? random.nextInt(8) : 0;
            double reward = random.nextBoolean() ? random.nextInt(2) : random.nextDouble();

            Estimate estimate = SPO.estimate(state, List.of(new Observation(reward, version + newer)));

            double rho = Math.min(0.96, Math.max(0.875, Math.pow(2, -newer / HALF_LIFE)));
            Advantage advantage = estimate.advantages().get(0);
            assertThat(advantage.advantage())
                    .as("seed %d, step %d", SEED, step)
                    .isCloseTo(reward - a / (a + b), within(1e-9));
            assertThat(advantage.variance())
                    .as("seed %d, step %d", SEED, step)
                    .isCloseTo(a * b / (a + b) / (a + b), within(1e-9));
            a = rho * a + reward;
            b = rho * b + 1 - reward;
            version += newer;
            state = estimate.state();
            assertBetaMoments(state.prompt(), a, b);
        }
        assertThat(state.prompt().observations()).isEqualTo(20_000);
        assertThat(state.prompt().policyVersion()).isEqualTo(version);
    }

    /** After this many equal rewards one of the counts has rounded to 0; the other must not be lost with it. */
    @Test
    void shouldRememberTheCountEvenOfACertainPrompt() {
        for (double reward : new double[] {0, 1}) {
            State state = State.UNSEEN;
            for (int i = 0; i < 10_000; i++) {
                state = SPO.estimate(state, List.of(new Observation(reward, 0))).state();
            }
            assertThat(state.prompt().mean()).isCloseTo(reward, within(1e-11));
            assertThat(state.prompt().variance()).isPositive();

            double surprise = 1 - reward;
            Estimate estimate = SPO.estimate(state, List.of(new Observation(surprise, 0)));

            assertThat(estimate.advantages().get(0).advantage()).isCloseTo(surprise - reward, within(1e-11));
            // The count settles at 1/(1 - 0.96) = 25, so one reward moves the mean by a 25th.
            assertThat(Math.abs(estimate.state().prompt().mean() - reward)).isCloseTo(1 / 25.0, within(1e-9));
        }
    }

    @Test
    void shouldForgetFasterTheFurtherThePolicyHasMovedWithinItsLimits() {
        State known = new State(new BetaCounts(0.5, 25).toBelief(9, 100), new BetaCounts(0.5, 25).toBelief(9, 100));

        assertThat(meanAfter(known, 100)).isCloseTo(0.5 + 0.5 / 25, within(1e-12));
        assertThat(meanAfter(known, 102)).isCloseTo(0.5 + 0.5 / (25 * Math.pow(2, -0.1) + 1), within(1e-12));
        assertThat(meanAfter(known, 500)).isCloseTo(0.5 + 0.5 / (25 * 0.875 + 1), within(1e-12));
        assertThat(meanAfter(known, 40)).as("an older policy").isEqualTo(meanAfter(known, 100));
        assertThat(SPO.estimate(known, List.of(new Observation(1, 40)))
                        .state()
                        .prompt()
                        .policyVersion())
                .isEqualTo(100);
    }

    @Test
    void shouldStartAPromptAtTheMeanOfItsDatasetWithEightRewards() {
        State dataset = new State(null, new BetaCounts(0.2, 300).toBelief(300, 7));

        Estimate estimate = SPO.estimate(dataset, List.of(new Observation(1, 7)));

        assertThat(estimate.advantages().get(0).baseline()).isCloseTo(0.2, within(1e-12));
        assertThat(estimate.state().prompt().mean()).isCloseTo(0.2 + 0.8 / (8 * 0.96 + 1), within(1e-12));
        assertThat(estimate.state().dataset().mean()).isCloseTo(0.2 + 0.8 / 301, within(1e-12));
        assertThat(estimate.state().dataset().observations()).isEqualTo(301);
    }

    @Test
    void shouldProcessTheRewardsOfAGroupOneByOne() {
        Random random = new Random(SEED);
        List<Observation> rewards = random.ints(50, 0, 2)
                .mapToObj(reward -> new Observation(reward, random.nextInt(5)))
                .toList();

        Estimate together = SPO.estimate(State.UNSEEN, rewards);

        State state = State.UNSEEN;
        for (int i = 0; i < rewards.size(); i++) {
            Estimate one = SPO.estimate(state, rewards.subList(i, i + 1));
            assertThat(one.advantages().get(0))
                    .as("seed %d, reward %d", SEED, i)
                    .isEqualTo(together.advantages().get(i));
            state = one.state();
        }
        assertThat(state).as("seed %d", SEED).isEqualTo(together.state());
    }

    /** A run may resume with another estimator, and a Kalman filter's belief need not correspond to counts. */
    @Test
    void shouldAcceptABeliefThatDoesNotCorrespondToCounts() {
        State foreign = new State(new Belief(1.7, 40, 3, 2), new Belief(-0.1, 1e-9, 3, 2));

        Estimate estimate = SPO.estimate(foreign, List.of(new Observation(0, 3), new Observation(1, 3)));

        assertThat(estimate.isFinite()).isTrue();
        assertThat(estimate.state().prompt().mean()).isBetween(0.0, 1.0);
        assertThat(estimate.state().prompt().variance()).isPositive();
    }

    private static double meanAfter(State state, long version) {
        return SPO.estimate(state, List.of(new Observation(1, version)))
                .state()
                .prompt()
                .mean();
    }

    private static void assertBetaMoments(Belief filter, double a, double b) {
        double count = a + b;
        assertThat(filter.mean()).as("seed %d", SEED).isCloseTo(a / count, within(1e-9));
        assertThat(filter.variance())
                .as("seed %d", SEED)
                .isCloseTo(a * b / (count * count * (count + 1)), within(1e-9));
    }
}
