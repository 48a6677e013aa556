package dev.krpo.estimators.samplefilter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.SampleFilter;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SampleFilterTest {

    private static final SampleFilter EQUAL = new EqualRewardsFilter(EqualRewardsFilter.REINFORCE_REJ);

    @Test
    void shouldLeaveOutGroupsThatAreAllRightOrAllWrong() {
        assertThat(EQUAL.keep(new double[] {1, 1, 1})).containsOnly(false);
        assertThat(EQUAL.keep(new double[] {0, 0})).containsOnly(false);
        assertThat(EQUAL.keep(new double[] {1, 1, 0})).containsOnly(true);
        assertThat(EQUAL.keep(new double[] {0, 1})).containsOnly(true);
    }

    @Test
    void shouldTreatEqualRewardsAsNoSignalAndTheSmallestDifferenceAsSignal() {
        assertThat(EQUAL.keep(new double[] {0.1, 0.1, 0.1})).containsOnly(false);
        assertThat(EQUAL.keep(new double[] {-7e9, -7e9})).containsOnly(false);
        assertThat(EQUAL.keep(new double[] {0.1, Math.nextUp(0.1), 0.1})).containsOnly(true);
    }

    @Test
    void shouldKeepEverythingWithoutAFilter() {
        assertThat(SampleFilter.NONE.keep(new double[] {1})).containsExactly(true);
        assertThat(SampleFilter.NONE.keep(new double[] {1, 1})).containsExactly(true, true);
        assertThat(SampleFilter.NONE.minGroupSize()).isEqualTo(1);
    }

    @Test
    void shouldFindTheLargestVarianceAmongAllSubsets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            int size = 2 + random.nextInt(9);
            int keep = 2 + random.nextInt(size - 1);
            double[] rewards = rewards(random, size);
            String where = "seed " + seed + ", round " + round + ": " + keep + " of " + Arrays.toString(rewards);

            boolean[] kept = new PodsFilter(keep).keep(rewards);

            double[] chosen = IntStream.range(0, size)
                    .filter(i -> kept[i])
                    .mapToDouble(i -> rewards[i])
                    .toArray();
            assertThat(chosen).as(where).hasSize(keep);
            double largest = largestVariance(rewards, keep);
            assertThat(variance(chosen)).as(where).isCloseTo(largest, Offset.offset(1e-12 * Math.max(1, largest)));
        }
    }

    @Test
    void shouldFindTheLargestVarianceFarFromZeroToo() {
        double[] rewards = {1e8 + 0.5, 1e8, 1e8 + 0.25, 1e8 + 1, 1e8 + 0.75};
        assertThat(new PodsFilter(2).keep(rewards)).containsExactly(false, true, false, true, false);
    }

    @Test
    void shouldKeepHalfRightAndHalfWrongWhenThereAreEnough() {
        assertThat(new PodsFilter(4).keep(new double[] {1, 0, 1, 0, 1, 0, 1, 1}))
                .containsExactly(false, true, false, true, false, false, true, true);
    }

    @Test
    void shouldKeepSmallGroupsWholeAndTheConfiguredNumberOfEqualRewards() {
        assertThat(new PodsFilter(4).keep(new double[] {1, 0, 1})).containsOnly(true);
        assertThat(new PodsFilter(3).keep(new double[] {1, 0, 1})).containsOnly(true);
        assertThat(new PodsFilter(2).keep(new double[] {5, 5, 5})).containsExactly(false, true, true);
    }

    /** Binary, coarse or continuous, so that ties are common. */
    private static double[] rewards(Random random, int size) {
        int levels = new int[] {2, 4, 1 << 20}[random.nextInt(3)];
        double scale = random.nextBoolean() ? 1 : 100 * random.nextGaussian();
        return IntStream.range(0, size)
                .mapToDouble(i -> scale * random.nextInt(levels) / (levels - 1))
                .toArray();
    }

    private static double largestVariance(double[] rewards, int keep) {
        double largest = 0;
        for (int subset = 0; subset < 1 << rewards.length; subset++) {
            if (Integer.bitCount(subset) == keep) {
                int members = subset;
                largest = Math.max(
                        largest,
                        variance(IntStream.range(0, rewards.length)
                                .filter(i -> (members >> i & 1) == 1)
                                .mapToDouble(i -> rewards[i])
                                .toArray()));
            }
        }
        return largest;
    }

    private static double variance(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        return Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElseThrow();
    }
}
