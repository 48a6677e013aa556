package dev.krpo.runtime.role;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The life of a role: its threads, the first failure, and the end that others wait for. Safe for use by several
 * threads.
 */
public final class RoleThreads {

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch terminated = new CountDownLatch(1);

    /** @param onFailure called on the new thread with whatever {@code work} throws */
    public void start(String name, Runnable work, Consumer<Throwable> onFailure) {
        start(name, work, onFailure, () -> {});
    }

    /** @param onEnd called on the new thread after {@code work}, and after {@code onFailure} if that failed */
    public void start(String name, Runnable work, Consumer<Throwable> onFailure, Runnable onEnd) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (Throwable e) {
                        onFailure.accept(e);
                    }
                    onEnd.run();
                },
                name);
        threads.add(thread);
        thread.start();
    }

    /** Keeps what stops the role, unless another failure came first. */
    public void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
    }

    /** Releases everyone who waits for the end; what stopped the role must have been kept before. */
    public void terminate() {
        terminated.countDown();
    }

    /** The first failure; empty if there was none. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Returns when the role has terminated. */
    public void awaitTermination() throws InterruptedException {
        terminated.await();
    }

    /** True if the role terminated within the limit; an interrupt ends the wait and stays set. */
    public boolean awaitTermination(Duration limit) {
        try {
            return terminated.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Waits for the threads; an interrupt ends the wait and stays set. Returns the names of those still at work. */
    public List<String> join(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return threads.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }

    /** Interrupts every thread. */
    public void interrupt() {
        threads.forEach(Thread::interrupt);
    }
}
