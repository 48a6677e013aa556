package dev.krpo.rollout.reward;

/**
 * Scores one completion against the prompt's reference answer. Pure: the same texts give the same score, in any thread.
 *
 * <p>The ones here are found by {@link Rewards#named}; further ones by {@link java.util.ServiceLoader}.
 */
public interface Reward {

    /** What {@code worker.reward} says to choose it. */
    String name();

    /**
     * The score of a completion. An exception or a score that is not finite costs that rollout only: it goes to
     * {@code dead-letters}. An {@link Error} stops the worker.
     *
     * @param completion the generated text, without the prompt and without special tokens
     * @param answer the prompt's reference answer
     */
    Score score(String completion, String answer);
}
