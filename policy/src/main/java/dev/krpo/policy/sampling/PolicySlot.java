package dev.krpo.policy.sampling;

import dev.krpo.policy.Policy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Hands weights from a loading thread to the generating thread without stopping it: the newest offer is taken at the next
 * decode step, and what it replaces is closed there, when nothing uses it any more.
 */
public final class PolicySlot implements PolicySource, AutoCloseable {

    private final AtomicReference<VersionedPolicy> next = new AtomicReference<>();
    private final CountDownLatch offered = new CountDownLatch(1);
    private VersionedPolicy current;

    /** Called by the loading thread; the slot owns the policy from here on. */
    public void offer(long version, Policy policy) {
        close(next.getAndSet(new VersionedPolicy(version, policy)));
        offered.countDown();
    }

    /** Waits until there is a policy; false after the timeout. */
    public boolean await(long timeoutMs) throws InterruptedException {
        return offered.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public VersionedPolicy current() {
        VersionedPolicy newer = next.getAndSet(null);
        if (newer != null) {
            close(current);
            current = newer;
        }
        if (current == null) {
            throw new IllegalStateException("no policy was offered yet; await() one first");
        }
        return current;
    }

    /** Called when the generating thread has ended. */
    @Override
    public void close() {
        close(next.getAndSet(null));
        close(current);
        current = null;
    }

    private static void close(VersionedPolicy policy) {
        if (policy != null) {
            policy.policy().close();
        }
    }
}
