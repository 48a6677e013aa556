package dev.krpo.policy.generate;

import dev.krpo.policy.Policy;

/**
 * Hands new policy versions from a loading thread to a generating thread. The generating thread takes the newest one
 * with {@link #current} between decode steps, and only then is the previous one closed: neither thread blocks.
 */
public final class PolicySlot implements PolicySource, AutoCloseable {

    private VersionedPolicy current;
    private VersionedPolicy offered;
    private boolean closed;

    /**
     * Offers a version and transfers ownership of the policy: the slot closes it when a newer one replaces it. A
     * version that is not newer than the newest one offered is closed immediately.
     */
    public synchronized void offer(long version, Policy policy) {
        VersionedPolicy newest = offered != null ? offered : current;
        if (closed || (newest != null && version <= newest.version())) {
            policy.close();
            return;
        }
        if (offered != null) {
            offered.policy().close();
        }
        offered = new VersionedPolicy(version, policy);
    }

    /**
     * The newest version; to be called by the generating thread only. Closes the previously returned policy if it is a
     * different one.
     *
     * @throws IllegalStateException if none has been offered yet, or the slot is closed
     */
    @Override
    public synchronized VersionedPolicy current() {
        if (closed) {
            throw new IllegalStateException("The policy slot is closed");
        }
        if (offered != null) {
            if (current != null) {
                current.policy().close();
            }
            current = offered;
            offered = null;
        }
        if (current == null) {
            throw new IllegalStateException("No policy version has been offered yet");
        }
        return current;
    }

    /** Closes the policies; the generating thread must have stopped. */
    @Override
    public synchronized void close() {
        closed = true;
        if (current != null) {
            current.policy().close();
        }
        if (offered != null) {
            offered.policy().close();
        }
    }
}
