package dev.krpo.worker.task;

import dev.krpo.worker.score.BrokenWorkerException;
import java.util.HashSet;
import java.util.Set;

/** Tells a worker on which no reward can be had from a prompt whose reward fails. For one thread. */
final class UnscoredStreak {

    /** A sound worker does not fail to score so many completions one after the other, of so many tasks. */
    private static final int COMPLETIONS = 64;

    private static final int TASKS = 8;

    private final String reward;
    private final String workerId;
    private final Set<String> tasks = new HashSet<>();
    private int completions;
    private Refusal last;

    UnscoredStreak(String reward, String workerId) {
        this.reward = reward;
        this.workerId = workerId;
    }

    void scored() {
        tasks.clear();
        completions = 0;
    }

    void unscored(String taskId, Refusal refusal) {
        tasks.add(taskId);
        completions++;
        last = refusal;
    }

    /** Whether the worker is to blame. */
    boolean isFull() {
        return completions >= COMPLETIONS && tasks.size() >= TASKS;
    }

    /** @throws BrokenWorkerException if the worker is to blame, with the last failure */
    void check() {
        if (isFull()) {
            throw new BrokenWorkerException(
                    "the last " + completions + " completions, of " + tasks.size()
                            + " tasks, got no score from the reward "
                            + reward + " on worker " + workerId + ", so the worker stops; the last one: "
                            + last.getMessage() + "; then drive the letters again with `krpo dead-letters redrive`",
                    last);
        }
    }
}
