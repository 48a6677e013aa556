package dev.krpo.worker.reward;

import dev.krpo.settings.Named;

/**
 * Scores one completion of a prompt. Must be pure: the same input yields the same score, on any thread.
 *
 * <p>A worker has one instance and calls it from {@code worker.rewardThreads} threads concurrently, so it must be
 * thread-safe: no mutable fields, or guarded ones ({@code java.text} formats and {@code javax.script} engines are not
 * thread-safe). If it cannot be thread-safe, set {@code worker.rewardThreads} to 1.
 *
 * <p>A call that takes longer than {@code worker.rewardTimeoutMs} is interrupted. Interruptible blocking calls of the
 * JDK then end; give all others their own timeouts (sockets, HTTP clients, sub-processes), and check
 * {@link Thread#isInterrupted()} in long loops. Once more than 16 calls ignore their interruption, the worker stops.
 *
 * <p>A reward of your own is a service, as {@link java.util.ServiceLoader} defines it: a public class with a public
 * constructor without parameters, named in its jar's {@code META-INF/services/dev.krpo.worker.reward.Reward}.
 */
@FunctionalInterface
public interface Reward extends Named {

    /**
     * The score of a completion. An exception, an {@link Error}, {@code null}, a score that is not finite or a timeout
     * costs only that completion: it goes to {@code dead-letters} immediately and is not retried. A
     * {@link VirtualMachineError} other than {@link StackOverflowError}, such as {@link OutOfMemoryError}, stops the
     * worker; so do 64 consecutive completions, of at least 8 tasks, without a score. An evaluation or an experiment
     * stops at the first completion without a score.
     */
    Score score(RewardInput input);

    /** The value of {@code worker.reward} that selects it; the name of the class unless overridden. */
    @Override
    default String name() {
        return getClass().getName();
    }

    /** One line for users who choose a reward: the scores it gives, and for which completions. */
    @Override
    default String description() {
        return "";
    }
}
