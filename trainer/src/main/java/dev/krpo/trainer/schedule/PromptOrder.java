package dev.krpo.trainer.schedule;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Which prompt the n-th task asks: every prompt once an epoch, each epoch in another order fixed by the seed. */
public final class PromptOrder {

    private final long seed;
    private final List<String> sorted;
    private List<String> shuffled = List.of();
    private long shuffledEpoch = -1;

    /** @param promptIds not empty; their order does not matter */
    public PromptOrder(long seed, Iterable<String> promptIds) {
        this.seed = seed;
        List<String> ids = new ArrayList<>();
        promptIds.forEach(ids::add);
        Collections.sort(ids);
        this.sorted = ids;
    }

    public int size() {
        return sorted.size();
    }

    public String at(long sequence) {
        long epoch = sequence / sorted.size();
        if (epoch != shuffledEpoch) {
            shuffled = new ArrayList<>(sorted);
            Collections.shuffle(shuffled, new Random(seed * 31 + epoch));
            shuffledEpoch = epoch;
        }
        return shuffled.get((int) (sequence % sorted.size()));
    }
}
