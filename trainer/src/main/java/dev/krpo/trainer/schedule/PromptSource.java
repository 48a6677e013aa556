package dev.krpo.trainer.schedule;

import java.util.Set;

/** Chooses the prompt of each task. Not thread-safe. */
public interface PromptSource extends AutoCloseable {

    /**
     * Draws the prompt of a task.
     *
     * @param sequence of the task; together with the seed, it determines the random draw
     */
    String next(long sequence);

    /** A task of the prompt has ended, with or without samples. */
    default void answered(String promptId) {}

    /**
     * From now on, draws from exactly these prompts.
     *
     * @param promptIds not empty; copied
     */
    void setPrompts(Set<String> promptIds);

    /** The prompt is not drawn again until {@link #setPrompts} names it; the others are drawn as before. */
    void exclude(String promptId);

    /**
     * Learns what the estimator expects of a prompt after an answer to it; never called unless
     * {@link PromptSourceFactory#usesBeliefs}.
     *
     * @param mean expected reward, as a share of the reward range
     * @param variance of that belief, in units of the reward range squared, >= 0
     * @throws IllegalArgumentException if either is not finite or the variance is negative
     */
    default void update(String promptId, double mean, double variance) {}

    /** Applies pending updates without blocking. */
    default void refresh() {}

    @Override
    default void close() {}
}
