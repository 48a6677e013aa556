package dev.krpo.trainer.schedule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * Scheduler, workers and learner in simulated time, around the real {@link InFlightBudget}. Single-sample tasks
 * complete in order.
 */
final class InFlightSimulation {

    private final InFlightBudget demand;
    private final long generationMs;
    private final double samplesPerMs;
    private final double rejected;
    private final double lost;
    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final Deque<Task> outstanding = new ArrayDeque<>();
    private long nowMs;
    private long issued;
    private double capacity;
    private long trained;
    private int maxOutstanding;

    private record Task(String id, long doneMs) {}

    /**
     * @param generationMs from issue to sample
     * @param samplesPerMs maximum throughput
     * @param rejected share of samples that become dead letters
     * @param lost share of samples that vanish silently
     */
    InFlightSimulation(
            int limit, long timeoutMs, long generationMs, double samplesPerMs, double rejected, double lost) {
        this.demand = new InFlightBudget(limit, timeoutMs, 0, 0);
        this.generationMs = generationMs;
        this.samplesPerMs = samplesPerMs;
        this.rejected = rejected;
        this.lost = lost;
    }

    void run(long forMs) {
        for (long end = nowMs + forMs; nowMs < end; nowMs++) {
            for (long room = demand.room(nowMs); room > 0; room--) {
                String id = "t" + issued++;
                demand.issued(id, 1, nowMs);
                outstanding.addLast(new Task(id, nowMs + generationMs));
            }
            demand.takeEnded();
            maxOutstanding = Math.max(maxOutstanding, outstanding.size());
            capacity = Math.min(capacity + samplesPerMs, 1 + samplesPerMs);
            while (capacity >= 1
                    && !outstanding.isEmpty()
                    && outstanding.peekFirst().doneMs() <= nowMs) {
                done(outstanding.removeFirst().id());
                capacity--;
            }
        }
    }

    private void done(String task) {
        double draw = random.nextDouble();
        if (draw < rejected) {
            demand.missing(task, 1);
        } else if (draw >= rejected + lost) {
            demand.consumed(task);
            trained++;
        }
    }

    long trained() {
        return trained;
    }

    int maxOutstanding() {
        return maxOutstanding;
    }

    long seed() {
        return seed;
    }
}
