package dev.krpo.worker.environment;

import dev.krpo.worker.reward.Score;
import dev.krpo.worker.settings.WorkerSettings;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which rewards are computed. A call that exceeds its time limit is interrupted and abandoned, and a new
 * thread replaces the one that it occupies. Java cannot end a thread that ignores its interruption, so the number of
 * such threads is limited.
 *
 * <p>Calls start in the order of {@link #submit} and must be awaited in that order: then the awaited call has started,
 * or will start as soon as a thread is free.
 */
final class RewardPool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RewardPool.class);
    /** Maximum number of threads that abandoned rewards may occupy: each may hold a core and memory forever. */
    private static final int MAX_ABANDONED = 16;
    /** Time for a reward to respond to its interruption. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final long PULSE_MS = 50;

    private final String reward;
    private final Duration timeout;
    private final BlockingQueue<RewardCall> waiting = new LinkedBlockingQueue<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger started = new AtomicInteger();
    private int abandoned;
    private volatile boolean closed;

    RewardPool(WorkerSettings worker) {
        this.reward = worker.reward().name();
        this.timeout = worker.rewardTimeout();
        for (int i = 0; i < worker.get(WorkerSettings.REWARD_THREADS); i++) {
            startThread();
        }
    }

    private void startThread() {
        Thread thread = new Thread(this::work, "krpo-worker-reward-" + started.incrementAndGet());
        // A reward that never ends must not keep the process alive.
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void work() {
        try {
            while (!closed) {
                if (!waiting.take().run()) {
                    countReturned();
                    return;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug(
                    "{} ends because its pool was closed",
                    Thread.currentThread().getName());
        } finally {
            threads.remove(Thread.currentThread());
        }
    }

    RewardCall submit(Callable<Score> score) {
        RewardCall call = new RewardCall(score);
        waiting.add(call);
        return call;
    }

    /**
     * Waits for the call's score.
     *
     * @param pulse called while waiting; an exception that it throws ends the wait
     * @throws UnscoredException if it failed, returned null or exceeded {@code worker.rewardTimeoutMs}
     * @throws BrokenWorkerException if too many calls neither end nor respond to their interruption
     * @throws VirtualMachineError that the call threw, except for a stack overflow: the process is then unreliable
     */
    Score await(RewardCall call, Runnable pulse) {
        try {
            while (!call.await(PULSE_MS)) {
                pulse.run();
                if (call.exceeds(timeout.toNanos()) && call.abandon()) {
                    replaceThread();
                    failIfTooMany();
                    throw tooSlow();
                }
            }
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
        if (call.exceeds(timeout.toNanos())) {
            throw tooSlow();
        }
        if (call.failure() instanceof VirtualMachineError error && !(error instanceof StackOverflowError)) {
            throw error;
        }
        if (call.failure() != null) {
            throw new UnscoredException(
                    "reward-failed", "threw " + call.description() + "; correct the reward function");
        }
        if (call.score() == null) {
            throw new UnscoredException("reward-failed", "returned null; make the reward function return a Score");
        }
        return call.score();
    }

    /** Abandons a call that has not ended. */
    void abandon(RewardCall call) {
        if (call.abandon()) {
            replaceThread();
        }
    }

    private void replaceThread() {
        synchronized (this) {
            abandoned++;
        }
        startThread();
    }

    private synchronized void countReturned() {
        abandoned--;
        notifyAll();
    }

    private synchronized void failIfTooMany() throws InterruptedException {
        long deadline = System.nanoTime() + GRACE.toNanos();
        long leftMs = GRACE.toMillis();
        while (abandoned > MAX_ABANDONED && leftMs > 0) {
            wait(leftMs);
            leftMs = (deadline - System.nanoTime()) / 1_000_000;
        }
        if (abandoned > MAX_ABANDONED) {
            throw new BrokenWorkerException(
                    abandoned + " calls of the reward " + reward
                            + " neither end nor respond to their interruption after "
                            + WorkerSettings.REWARD_TIMEOUT_MS + " (" + timeout.toMillis()
                            + "), so the worker stops before they fill the machine; let the reward end once its"
                            + " thread is"
                            + " interrupted",
                    null);
        }
    }

    private UnscoredException tooSlow() {
        return new UnscoredException(
                "reward-timeout",
                "took longer than " + WorkerSettings.REWARD_TIMEOUT_MS + " (" + timeout.toMillis()
                        + "); make the reward function faster, or raise that setting");
    }

    /** Interrupts running calls without waiting for them. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
