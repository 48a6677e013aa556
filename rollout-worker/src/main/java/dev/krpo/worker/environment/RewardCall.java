package dev.krpo.worker.environment;

import dev.krpo.worker.reward.Score;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** One call of the reward, and its result. Run by a thread of {@link RewardPool}, awaited by another. */
final class RewardCall {

    private enum State {
        WAITING,
        RUNNING,
        ENDED,
        ABANDONED
    }

    private final Callable<Score> reward;
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Thread thread;
    private volatile long startedAt;
    private volatile long endedAt;
    private Score score;
    private Throwable failure;
    private String description;

    RewardCall(Callable<Score> reward) {
        this.reward = reward;
    }

    /** True if the thread is still needed; false if the call was abandoned while running. */
    boolean run() {
        thread = Thread.currentThread();
        startedAt = System.nanoTime();
        if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
            return true;
        }
        try {
            score = reward.call();
        } catch (Throwable e) {
            failure = e;
            description = describe(e);
        }
        endedAt = System.nanoTime();
        boolean wanted = state.compareAndSet(State.RUNNING, State.ENDED);
        ended.countDown();
        // A reward may leave its thread's interrupt flag set.
        Thread.interrupted();
        return wanted;
    }

    /** Computed here, on the reward's own thread: getMessage() can hang or throw just like the reward. */
    private static String describe(Throwable e) {
        try {
            return e.toString();
        } catch (RuntimeException | StackOverflowError unprintable) {
            return e.getClass().getName();
        }
    }

    /** Waits for at most this long; true if the call has ended. */
    boolean await(long millis) throws InterruptedException {
        return ended.await(millis, TimeUnit.MILLISECONDS);
    }

    /** True if the call takes, or took, longer than this. */
    boolean exceeds(long nanos) {
        return switch (state.get()) {
            case WAITING -> false;
            case ENDED -> endedAt - startedAt > nanos;
            case RUNNING, ABANDONED -> System.nanoTime() - startedAt > nanos;
        };
    }

    /** Abandons the call: it never starts, or is interrupted and left running. True if it still occupies a thread. */
    boolean abandon() {
        boolean keepsThread = !state.compareAndSet(State.WAITING, State.ABANDONED)
                && state.compareAndSet(State.RUNNING, State.ABANDONED);
        if (keepsThread) {
            thread.interrupt();
        }
        return keepsThread;
    }

    /** The score; null if the call failed or returned null. Valid once the call has ended, as are the next two. */
    Score score() {
        return score;
    }

    /** The failure; null if the call succeeded. */
    Throwable failure() {
        return failure;
    }

    /** The failure, human-readable. */
    String description() {
        return description;
    }
}
