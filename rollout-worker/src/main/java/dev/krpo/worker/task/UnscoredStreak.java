package dev.krpo.worker.task;

import dev.krpo.worker.environment.BrokenWorkerException;
import dev.krpo.worker.environment.UnscoredException;
import java.util.HashSet;
import java.util.Set;

/** Distinguishes a worker on which no reward can be computed from a prompt whose reward fails. Not thread-safe. */
final class UnscoredStreak {

    /** A healthy worker does not fail to score this many completions in a row, of this many tasks. */
    private static final int COMPLETIONS = 64;

    private static final int TASKS = 8;

    private final String reward;
    private final String workerId;
    private final Set<String> tasks = new HashSet<>();
    private int completions;
    private UnscoredException last;

    UnscoredStreak(String reward, String workerId) {
        this.reward = reward;
        this.workerId = workerId;
    }

    void scored() {
        tasks.clear();
        completions = 0;
    }

    void unscored(String taskId, UnscoredException failure) {
        tasks.add(taskId);
        completions++;
        last = failure;
    }

    /** True if the fault is the worker's. */
    boolean isFull() {
        return completions >= COMPLETIONS && tasks.size() >= TASKS;
    }

    /** @throws BrokenWorkerException if the fault is the worker's, with the last failure */
    void check() {
        if (isFull()) {
            throw new BrokenWorkerException(
                    "the last " + completions + " completions, of " + tasks.size()
                            + " tasks, received no score from the reward "
                            + reward + " on worker " + workerId + ", so the worker stops; the last one: "
                            + last.getMessage() + "; then redrive the letters with `krpo dead-letters redrive`",
                    last);
        }
    }
}
