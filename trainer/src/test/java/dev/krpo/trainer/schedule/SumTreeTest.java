package dev.krpo.trainer.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SumTreeTest {

    /** Integers add up without rounding, so that a scan must find the same index. */
    @Test
    void shouldFindTheSameIndexAsAScanOfTheRunningSum() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int size : new int[] {1, 2, 3, 7, 8, 9, 100}) {
            SumTree tree = new SumTree(size);
            int[] weights = new int[size];
            for (int change = 0; change < 300; change++) {
                int index = random.nextInt(size);
                weights[index] = random.nextInt(4);
                tree.set(index, weights[index]);
                double total = 0;
                for (int i = 0; i < size; i++) {
                    for (int unit = 0; unit < weights[i]; unit++) {
                        assertThat(tree.find(total + unit))
                                .as("seed %d, size %d, mark %f", seed, size, total + unit)
                                .isEqualTo(i);
                    }
                    total += weights[i];
                }
                assertThat(tree.total()).as("seed %d, size %d", seed, size).isEqualTo(total);
            }
        }
    }

    @Test
    void shouldNeverFindAWeightOfZeroDespiteRounding() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        SumTree tree = new SumTree(100);
        for (int i = 0; i < 100; i++) {
            tree.set(i, random.nextDouble());
        }
        for (int i = 0; i < 99; i++) {
            tree.set(i, 0);
            int found = tree.find(tree.total());
            assertThat(found).as("seed %d", seed).isBetween(i + 1, 99);
        }
        tree.set(99, 0);
        assertThat(tree.total()).as("nothing is left").isZero();
    }
}
