package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DemandTest {

    @Test
    void shouldNeverHaveMoreInFlightThanTheLimit() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        Demand demand = new Demand(64, 1_000_000, 0, 0);
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
                    .isBetween(0, 64);
        }
    }

    @Test
    void shouldForgetTasksThatGaveNothingInTime() {
        Demand demand = new Demand(8, 100, 0, 0);
        demand.issued("lost", 8, 0);
        assertThat(demand.room(99)).isZero();
        assertThat(demand.room(100)).isEqualTo(8);
    }

    @Test
    void shouldCountWhatAnEarlierRunIssuedUntilItComesOrTimesOut() {
        Demand demand = new Demand(8, 100, 6, 0);
        assertThat(demand.room(0)).isEqualTo(2);
        demand.consumed("of the earlier run");
        assertThat(demand.room(1)).isEqualTo(3);
        assertThat(demand.room(100)).isEqualTo(8);
    }

    @Test
    void shouldTellOnceWhichTasksHaveEnded() {
        Demand demand = new Demand(8, 100, 0, 0);
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
