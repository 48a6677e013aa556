package dev.krpo.worker.score;

import dev.krpo.worker.reward.Score;
import dev.krpo.worker.settings.WorkerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which rewards are computed. A call that exceeds its time is interrupted and abandoned, and another
 * thread takes the place of the one that it keeps. Java cannot end a thread that ignores its interruption, so there may
 * be only so many of them.
 *
 * <p>Calls start in the order of {@link #submit} and must be awaited in that order: then the one awaited has been
 * started, or will be as soon as a thread is free.
 */
final class RewardPool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RewardPool.class);
    /** Threads that rewards may keep for themselves: each may hold a core and memory for good. */
    private static final int MAX_ABANDONED = 16;
    /** Time for a reward to heed its interruption. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final long CLOSING_CHECK_MS = 50;

    private final String reward;
    private final Duration timeout;
    private final BooleanSupplier closing;
    private final BlockingQueue<RewardCall> waiting = new LinkedBlockingQueue<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final AtomicInteger started = new AtomicInteger();
    private int abandoned;
    private volatile boolean closed;

    /** @param closing while true, no reward is waited for */
    RewardPool(WorkerSettings worker, BooleanSupplier closing) {
        this.reward = worker.reward().name();
        this.timeout = worker.rewardTimeout();
        this.closing = closing;
        for (int i = 0; i < worker.get(WorkerSettings.REWARD_THREADS); i++) {
            startThread();
        }
    }

    private void startThread() {
        Thread thread = new Thread(this::work, "krpo-worker-reward-" + started.incrementAndGet());
        // A reward that never ends must not keep the process.
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
            LOG.debug("{} ends with its pool", Thread.currentThread().getName());
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
     * Waits until the call has given its score.
     *
     * @throws UnscoredException if it failed, gave null or exceeded {@code worker.rewardTimeoutMs}
     * @throws GenerationStopped if the worker is being closed meanwhile
     * @throws BrokenWorkerException if too many calls neither end nor heed their interruption
     * @throws VirtualMachineError that the call threw, a stack overflow aside: then the process is not sound
     */
    Score await(RewardCall call) {
        try {
            while (!call.await(CLOSING_CHECK_MS)) {
                if (closing.getAsBoolean()) {
                    throw new GenerationStopped();
                }
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
            throw new UnscoredException("reward-failed", "gave null; make the reward function return a Score");
        }
        return call.score();
    }

    /** Gives up those of the calls that have not ended. */
    void abandon(List<RewardCall> calls) {
        for (RewardCall call : calls) {
            if (call.abandon()) {
                replaceThread();
            }
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
                    abandoned + " calls of the reward " + reward + " neither end nor heed their interruption after "
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

    /** Interrupts whatever still runs, and waits for nothing. */
    @Override
    public void close() {
        closed = true;
        threads.forEach(Thread::interrupt);
    }
}
