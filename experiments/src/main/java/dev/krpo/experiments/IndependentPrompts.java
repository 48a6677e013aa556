package dev.krpo.experiments;

import dev.krpo.trainer.schedule.PromptSource;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/** Draws each prompt independently and uniformly, with replacement. */
final class IndependentPrompts implements PromptSource {

    private final long seed;
    private List<String> sorted;

    IndependentPrompts(long seed, Set<String> promptIds) {
        this.seed = seed;
        setPrompts(promptIds);
    }

    @Override
    public String next(long sequence) {
        return sorted.get(new SplittableRandom(seed * 1_000_003 + sequence).nextInt(sorted.size()));
    }

    @Override
    public void exclude(String promptId) {
        setPrompts(sorted.stream().filter(id -> !id.equals(promptId)).collect(Collectors.toSet()));
    }

    @Override
    public void setPrompts(Set<String> promptIds) {
        sorted = promptIds.stream().sorted().toList();
    }
}
