package dev.krpo.trainer.schedule;

import dev.krpo.settings.Config;
import dev.krpo.trainer.settings.SchedulerSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Every prompt once per epoch, each epoch in a different order determined by the seed. */
public final class ShuffledPrompts implements PromptSource {

    static final String NAME = "off";

    private final long seed;
    private List<String> sorted;
    private List<String> shuffled = List.of();
    private long shuffledEpoch = -1;
    private final Set<String> excluded = new HashSet<>();

    public ShuffledPrompts(long seed, Set<String> promptIds) {
        this.seed = seed;
        this.sorted = sorted(promptIds);
    }

    @Override
    public String next(long sequence) {
        long epoch = sequence / sorted.size();
        if (epoch != shuffledEpoch) {
            shuffled = new ArrayList<>(sorted);
            Collections.shuffle(shuffled, new Random(seed * 31 + epoch));
            shuffledEpoch = epoch;
        }
        int index = (int) (sequence % sorted.size());
        while (excluded.contains(shuffled.get(index))) {
            index = (index + 1) % shuffled.size();
        }
        return shuffled.get(index);
    }

    /**
     * The next prompt takes its turns, so that the order of the others is preserved; has no effect on the last
     * remaining prompt.
     */
    @Override
    public void exclude(String promptId) {
        excluded.add(promptId);
    }

    @Override
    public void setPrompts(Set<String> promptIds) {
        excluded.clear();
        if (promptIds.size() != sorted.size() || !promptIds.containsAll(sorted)) {
            sorted = sorted(promptIds);
            shuffledEpoch = -1;
        }
    }

    private static List<String> sorted(Set<String> promptIds) {
        return promptIds.stream().sorted().toList();
    }

    public static final class Factory implements PromptSourceFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "each prompt once per epoch";
        }

        @Override
        public PromptSource create(Config config) {
            return new ShuffledPrompts(config.get(SchedulerSettings.SEED), Set.of());
        }
    }
}
