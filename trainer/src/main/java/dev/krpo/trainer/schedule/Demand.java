package dev.krpo.trainer.schedule;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many samples are in flight, and so how many tasks may be issued. Back-pressure is demand: with at most
 * {@code limit} samples between issue and training, staleness is bounded by construction. Safe for use by several threads.
 */
public final class Demand {

    private final int limit;
    private final long timeoutMs;
    private final Map<String, Integer> openSamples = new HashMap<>();
    private final Deque<Issue> issues = new ArrayDeque<>();
    private List<String> ended = new ArrayList<>();
    private int inFlight;
    private long changes;
    private int inherited;
    private long inheritedUntilMs;

    /**
     * @param limit samples in flight
     * @param nowMs of {@link MonotonicClock}, here as everywhere below
     * @param inherited samples that an earlier run of the trainer issued and that may still come
     */
    public Demand(int limit, long timeoutMs, int inherited, long nowMs) {
        this.limit = limit;
        this.timeoutMs = timeoutMs;
        this.inherited = inherited;
        this.inheritedUntilMs = nowMs + timeoutMs;
    }

    /** Samples that may be issued now. */
    public synchronized int room(long nowMs) {
        expire(nowMs);
        return Math.max(0, limit - inFlight - inherited);
    }

    public synchronized void issued(String taskId, int samples, long nowMs) {
        openSamples.put(taskId, samples);
        issues.addLast(new Issue(taskId, nowMs));
        inFlight += samples;
    }

    /** One sample was trained, dropped or refused. */
    public synchronized void consumed(String taskId) {
        Integer open = openSamples.get(taskId);
        if (open == null) {
            inherited = Math.max(0, inherited - 1);
        } else {
            inFlight--;
            if (open == 1) {
                openSamples.remove(taskId);
                ended.add(taskId);
            } else {
                openSamples.put(taskId, open - 1);
            }
        }
        changes++;
        notifyAll();
    }

    /** The tasks that ended since the last call: all their samples were consumed, or their time was over. */
    public synchronized List<String> takeEnded() {
        List<String> taken = ended;
        ended = new ArrayList<>();
        return taken;
    }

    public synchronized int inFlight() {
        return inFlight + inherited;
    }

    /** Waits until a sample is consumed or the time is over. */
    public synchronized void awaitChange(long waitMs) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + waitMs * 1_000_000;
        long seen = changes;
        for (long leftMs = waitMs; changes == seen && leftMs > 0; ) {
            wait(leftMs);
            leftMs = (deadlineNanos - System.nanoTime()) / 1_000_000;
        }
    }

    private void expire(long nowMs) {
        if (nowMs >= inheritedUntilMs) {
            inherited = 0;
        }
        while (!issues.isEmpty()
                && (issues.peekFirst().atMs() <= nowMs - timeoutMs
                        || !openSamples.containsKey(issues.peekFirst().taskId()))) {
            String taskId = issues.removeFirst().taskId();
            Integer open = openSamples.remove(taskId);
            if (open != null) {
                inFlight -= open;
                ended.add(taskId);
            }
        }
    }

    private record Issue(String taskId, long atMs) {}
}
