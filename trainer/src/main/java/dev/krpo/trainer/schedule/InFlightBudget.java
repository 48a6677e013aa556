package dev.krpo.trainer.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tracks the samples in flight, and thus how many tasks may be issued. Back-pressure is demand: with at most
 * {@code limit} samples between issue and training, staleness is bounded by construction. Thread-safe.
 *
 * <p>A task that has timed out is replaced, but may still complete: a long generation looks like a lost one. Late
 * samples therefore count against {@link #MAX_LIMITS} times the limit until they arrive, are known to be missing, or
 * {@link #OVERTAKEN} times the limit was issued after them, most of which must then have arrived first. If so many are
 * lost that nothing more is issued, nothing can overtake them: they count as missing {@link #GIVEN_UP} times the
 * timeout after their issue.
 */
public final class InFlightBudget {

    /** Samples in time and late ones together may fill this many limits. */
    private static final int MAX_LIMITS = 2;

    private static final int OVERTAKEN = 3;

    private static final int GIVEN_UP = 20;

    private final long limit;
    private final long timeoutMs;
    private final Map<String, Task> tasks = new HashMap<>();
    private final Deque<Task> inTime = new ArrayDeque<>();
    private final Deque<Task> late = new ArrayDeque<>();
    private List<String> ended = new ArrayList<>();
    private long issued;
    private long samplesInTime;
    private long samplesLate;
    private long changes;
    private long missed;
    private long givenUp;

    /** Represents all samples that an earlier run of the trainer issued. */
    private final Task inherited;

    /**
     * @param limit maximum samples in flight
     * @param nowMs of {@link dev.krpo.runtime.clock.SteadyClock}, here and in every method
     * @param inherited samples that an earlier run of the trainer issued and that may still arrive
     */
    public InFlightBudget(long limit, long timeoutMs, long inherited, long nowMs) {
        this.limit = limit;
        this.timeoutMs = timeoutMs;
        this.inherited = new Task("", nowMs, 0, inherited);
        inTime.add(this.inherited);
        samplesInTime = inherited;
    }

    /** Samples that may be issued now. */
    public synchronized long room(long nowMs) {
        expire(nowMs);
        return Math.max(0, Math.min(limit - samplesInTime, MAX_LIMITS * limit - samplesInTime - samplesLate));
    }

    public synchronized void issued(String taskId, int samples, long nowMs) {
        Task task = new Task(taskId, nowMs, issued, samples);
        tasks.put(taskId, task);
        inTime.addLast(task);
        issued += samples;
        samplesInTime += samples;
    }

    /** One sample was trained, dropped or rejected. */
    public synchronized void consumed(String taskId) {
        release(taskId, 1);
    }

    /** These samples of a task will never arrive. */
    public synchronized void missing(String taskId, int samples) {
        missed += release(taskId, samples);
    }

    /** Samples that became known to be missing since the last call. */
    public synchronized long takeMissing() {
        long taken = missed;
        missed = 0;
        return taken;
    }

    /** Late samples that were given up since the last call. */
    public synchronized long takeGivenUp() {
        long taken = givenUp;
        givenUp = 0;
        return taken;
    }

    /** Number of samples that were released. */
    private long release(String taskId, int samples) {
        Task task = tasks.getOrDefault(taskId, inherited);
        long gone = Math.min(task.open, Math.max(0, samples));
        task.open -= gone;
        if (task.late) {
            samplesLate -= gone;
        } else {
            samplesInTime -= gone;
        }
        if (gone > 0 && task.open == 0 && task != inherited) {
            tasks.remove(taskId);
            if (!task.late) {
                ended.add(taskId);
            }
        }
        changes++;
        notifyAll();
        return gone;
    }

    /** The tasks that ended since the last call: all their samples were consumed, or they timed out. */
    public synchronized List<String> takeEnded() {
        List<String> taken = ended;
        ended = new ArrayList<>();
        return taken;
    }

    /** Samples that may still arrive, late ones included. */
    public synchronized long inFlight() {
        return samplesInTime + samplesLate;
    }

    /** Waits until a sample is consumed or the time has elapsed. */
    public synchronized void awaitChange(long waitMs) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + waitMs * 1_000_000;
        long seen = changes;
        for (long leftMs = waitMs; changes == seen && leftMs > 0; ) {
            wait(leftMs);
            leftMs = (deadlineNanos - System.nanoTime()) / 1_000_000;
        }
    }

    private void expire(long nowMs) {
        while (!inTime.isEmpty()
                && (inTime.peekFirst().open == 0 || inTime.peekFirst().issuedMs <= nowMs - timeoutMs)) {
            Task task = inTime.removeFirst();
            if (task.open > 0) {
                task.late = true;
                samplesInTime -= task.open;
                samplesLate += task.open;
                late.addLast(task);
                if (task != inherited) {
                    ended.add(task.id);
                }
            }
        }
        while (!late.isEmpty()) {
            Task task = late.peekFirst();
            if (task.open > 0 && !overtaken(task)) {
                if ((nowMs - task.issuedMs) / GIVEN_UP < timeoutMs) {
                    break;
                }
                missed += task.open;
                givenUp += task.open;
            }
            late.removeFirst();
            samplesLate -= task.open;
            task.open = 0;
            tasks.remove(task.id);
        }
    }

    private boolean overtaken(Task task) {
        return issued - task.position >= OVERTAKEN * limit;
    }

    private static final class Task {

        private final String id;
        private final long issuedMs;
        private final long position;
        private long open;
        private boolean late;

        /** @param position number of samples issued before it */
        Task(String id, long issuedMs, long position, long open) {
            this.id = id;
            this.issuedMs = issuedMs;
            this.position = position;
            this.open = open;
        }
    }
}
