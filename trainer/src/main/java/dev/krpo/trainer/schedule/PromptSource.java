package dev.krpo.trainer.schedule;

import java.util.Set;

/** Which prompt the next task asks. One thread uses it. */
public interface PromptSource extends AutoCloseable {

    /**
     * Draws the prompt of a task.
     *
     * @param sequence of the task; with it and the seed the random draw is fixed
     */
    String next(long sequence);

    /** A task of the prompt has ended, with samples or without. */
    default void answered(String promptId) {}

    /**
     * From now on these prompts are asked and no others.
     *
     * @param promptIds not empty; copied
     */
    void setPrompts(Set<String> promptIds);

    /** The prompt is not asked again, until {@link #setPrompts} names it; the others are asked as before. */
    void exclude(String promptId);

    /** Takes in what has become known of the prompts; never waits for more. */
    default void refresh() {}

    @Override
    default void close() {}
}
