package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InFlightBudgetTest {

    @Test
    void shouldNeverHaveMoreInFlightThanTheLimit() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        InFlightBudget demand = new InFlightBudget(64, 1_000_000, 0, 0);
        Deque<String> open = new ArrayDeque<>();
        for (int i = 0; i < 10_000; i++) {
            if (demand.room(i) >= 4 && random.nextBoolean()) {
                String task = "t" + i;
                demand.issued(task, 4, i);
                for (int sample = 0; sample < 4; sample++) {
                    open.add(task);
                }
            } else if (!open.isEmpty()) {
                demand.consumed(open.removeFirst());
            }
            assertThat(demand.inFlight())
                    .as("seed %d", seed)
                    .isEqualTo(open.size())
                    .isBetween(0L, 64L);
        }
    }

    @Test
    void shouldForgetTasksThatProducedNothingInTime() {
        InFlightBudget demand = new InFlightBudget(8, 100, 0, 0);
        demand.issued("lost", 8, 0);
        assertThat(demand.room(99)).isZero();
        assertThat(demand.room(100)).isEqualTo(8);
    }

    @Test
    void shouldCountSamplesOfAnEarlierRunUntilTheyArriveOrTimeOut() {
        InFlightBudget demand = new InFlightBudget(8, 100, 6, 0);
        assertThat(demand.room(0)).isEqualTo(2);
        demand.consumed("of the earlier run");
        assertThat(demand.room(1)).isEqualTo(3);
        assertThat(demand.room(100)).isEqualTo(8);
    }

    @Test
    void shouldReleaseMissingSamplesImmediately() {
        InFlightBudget demand = new InFlightBudget(8, 60_000, 0, 0);
        demand.issued("rejected", 8, 0);
        demand.missing("rejected", 3);
        assertThat(demand.room(1)).isEqualTo(3);
        demand.missing("rejected", 100);
        assertThat(demand.room(2)).isEqualTo(8);
        assertThat(demand.takeEnded()).containsExactly("rejected");
        demand.missing("of another run", 5);
        assertThat(demand.room(3)).isEqualTo(8);
        assertThat(demand.takeMissing()).isEqualTo(8);
        assertThat(demand.takeMissing()).isZero();
    }

    @Test
    void shouldCountLateSamplesUntilTheyArriveOrManyOthersArriveFirst() {
        InFlightBudget demand = new InFlightBudget(8, 100, 0, 0);
        demand.issued("first", 8, 0);
        demand.room(100);
        demand.issued("second", 8, 100);
        assertThat(demand.room(200)).as("two limits are outstanding").isZero();
        assertThat(demand.room(1_999))
                .as("and remain outstanding until they are given up")
                .isZero();
        demand.consumed("first");
        assertThat(demand.room(1_999)).isEqualTo(1);
        assertThat(demand.inFlight()).isEqualTo(15);
        assertThat(demand.takeMissing()).isZero();
        assertThat(demand.takeGivenUp()).isZero();
    }

    @Test
    void shouldIssueAgainLongAfterTwoLimitsWereSilentlyLost() {
        InFlightBudget demand = new InFlightBudget(8, 100, 8, 0);
        demand.room(100);
        demand.issued("lost", 8, 100);
        demand.room(200);
        assertThat(demand.room(1_999)).isZero();

        assertThat(demand.room(2_000)).as("the inherited ones are given up").isEqualTo(8);
        assertThat(demand.room(2_100)).isEqualTo(8);

        assertThat(demand.inFlight()).isZero();
        assertThat(demand.takeMissing()).isEqualTo(16);
        assertThat(demand.takeGivenUp()).isEqualTo(16);
        assertThat(demand.takeGivenUp()).isZero();
        demand.consumed("lost");
        assertThat(demand.room(2_100))
                .as("a sample that arrives after all frees nothing twice")
                .isEqualTo(8);
    }

    @Test
    void shouldEventuallyHaveRoomForAGroupHoweverManySamplesAreLost() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int group = 8;
        InFlightBudget demand = new InFlightBudget(group, 100, 0, 0);
        long nowMs = 0;
        for (int task = 0; task < 1_000; task++) {
            long since = nowMs;
            while (demand.room(nowMs) < group) {
                nowMs += 10;
                assertThat(nowMs - since).as("seed %d", seed).isLessThanOrEqualTo(20 * 100);
            }
            demand.issued("t" + task, group, nowMs);
            for (int come = random.nextInt(group + 1); come > 0; come--) {
                demand.consumed("t" + task);
            }
        }
    }

    @Test
    void shouldNotOverflowWithTheLargestSettings() {
        long limit = 500_000L * 1_000_000;
        InFlightBudget demand = new InFlightBudget(limit, 100, limit, 0);
        assertThat(demand.room(0)).isZero();
        assertThat(demand.room(100)).isEqualTo(limit);
        demand.issued("one", 1, 100);
        assertThat(demand.room(200)).isEqualTo(limit - 1);
    }

    /** A batch of 256 and half of the staleness bound: the figures of a run at 1,650 samples per second. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.05})
    void shouldLoseNoMoreThanTheShareOfRejectedSamples(double rejected) {
        InFlightSimulation simulation = new InFlightSimulation(512, 60_000, 300, 1.65, rejected, 0);

        simulation.run(300_000);

        assertThat(simulation.trained()).as("seed %d", simulation.seed()).isGreaterThan((long)
                (300_000 * 1.65 * (1 - rejected) * 0.98));
        assertThat(simulation.maxOutstanding()).isLessThanOrEqualTo(512);
    }

    @Test
    void shouldBoundTheTasksWhenGenerationsOutlastTheTimeout() {
        InFlightSimulation simulation = new InFlightSimulation(512, 60_000, 11 * 60_000, 1.65, 0, 0);

        simulation.run(3 * 11 * 60_000);

        assertThat(simulation.trained()).isGreaterThan(512);
        assertThat(simulation.maxOutstanding()).isLessThanOrEqualTo(2 * 512);
    }

    @Test
    void shouldNeverStallAlthoughSamplesAreSilentlyLost() {
        InFlightSimulation simulation = new InFlightSimulation(512, 1_000, 300, 1.65, 0, 0.3);

        simulation.run(200_000);
        long half = simulation.trained();
        simulation.run(200_000);

        assertThat(simulation.trained())
                .as("seed %d", simulation.seed())
                .isGreaterThan((long) (1.8 * half))
                .isGreaterThan(20_000);
    }

    @Test
    void shouldReportEachEndedTaskOnce() {
        InFlightBudget demand = new InFlightBudget(8, 100, 0, 0);
        demand.issued("trained", 2, 0);
        demand.issued("lost", 2, 0);
        demand.issued("open", 2, 50);
        demand.consumed("trained");
        assertThat(demand.takeEnded()).isEmpty();
        demand.consumed("trained");
        assertThat(demand.takeEnded()).containsExactly("trained");
        demand.room(100);
        assertThat(demand.takeEnded()).containsExactly("lost");
        assertThat(demand.takeEnded()).isEmpty();
    }
}
