package dev.krpo.worker.environment;

import dev.krpo.schemas.Prompt;

/**
 * Turns the policy's completions into scores, for workers, evaluations and experiments. Episodes must be scored in the
 * order in which they acted. Not thread-safe.
 */
public interface Environment extends AutoCloseable {

    /** Name of the scorer, for messages and reports. */
    String scoredBy();

    /**
     * Starts an episode.
     *
     * @param id for messages: {@code rollout task-7/0}
     */
    Episode start(String id, Prompt prompt);

    /** Ends episodes in progress without waiting for them. */
    @Override
    void close();
}
