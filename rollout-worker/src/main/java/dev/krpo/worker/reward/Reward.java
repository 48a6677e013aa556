package dev.krpo.worker.reward;

/**
 * Scores one completion against the prompt's reference answer. Pure: the same texts give the same score, in any thread.
 *
 * <p>A worker has one instance and calls it from {@code worker.rewardThreads} threads at once, so it must be safe for use by several
 * threads: no fields that change, or guarded ones ({@code java.text} formats and {@code javax.script} engines are not safe). One that
 * cannot be made safe needs {@code worker.rewardThreads} 1.
 *
 * <p>A call that takes longer than {@code worker.rewardTimeoutMs} is interrupted. Blocking calls of the JDK that can be interrupted then
 * end; give all others time-outs of their own (sockets, HTTP clients, sub-processes), and look at
 * {@link Thread#isInterrupted()} in long loops. Once more than 16 calls ignore their interruption, the worker stops.
 *
 * <p>The ones here are found by {@link Rewards#named}; further ones by {@link java.util.ServiceLoader}.
 */
public interface Reward {

    /** What {@code worker.reward} says to choose it. */
    String name();

    /**
     * The score of a completion. An exception, an {@link Error}, {@code null}, a score that is not finite or a time-out costs that
     * completion only: it goes to {@code dead-letters} at once and is not tried again. A {@link VirtualMachineError} other than
     * {@link StackOverflowError}, such as {@link OutOfMemoryError}, stops the worker; so does a row of 64 completions, of 8 tasks or more,
     * without a score.
     *
     * @param completion the generated text, without the prompt and without special tokens
     * @param answer the prompt's reference answer
     */
    Score score(String completion, String answer);
}
