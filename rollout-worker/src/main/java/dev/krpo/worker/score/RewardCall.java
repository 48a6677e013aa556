package dev.krpo.worker.score;

import dev.krpo.worker.reward.Score;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** One call of the reward, and what came of it. Run by a thread of {@link RewardPool}, waited for by another. */
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

    /** Whether the thread is still wanted: false if the call was abandoned while it ran. */
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
        // A reward may leave its thread interrupted.
        Thread.interrupted();
        return wanted;
    }

    /** Here, on the reward's own thread: a message can hang or throw as well as a reward. */
    private static String describe(Throwable e) {
        try {
            return e.toString();
        } catch (RuntimeException | StackOverflowError unprintable) {
            return e.getClass().getName();
        }
    }

    /** Whether it has ended, after waiting for so long at most. */
    boolean await(long millis) throws InterruptedException {
        return ended.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Whether it takes, or took, longer than this. */
    boolean exceeds(long nanos) {
        return switch (state.get()) {
            case WAITING -> false;
            case ENDED -> endedAt - startedAt > nanos;
            case RUNNING, ABANDONED -> System.nanoTime() - startedAt > nanos;
        };
    }

    /** Gives it up: it never starts, or is interrupted and left to itself. Whether it keeps a thread. */
    boolean abandon() {
        boolean keepsThread = !state.compareAndSet(State.WAITING, State.ABANDONED)
                && state.compareAndSet(State.RUNNING, State.ABANDONED);
        if (keepsThread) {
            thread.interrupt();
        }
        return keepsThread;
    }

    /** Null if it failed, or gave null. Of a call that has ended, as are the next two. */
    Score score() {
        return score;
    }

    /** Null if it did not fail. */
    Throwable failure() {
        return failure;
    }

    /** The failure in words. */
    String description() {
        return description;
    }
}
