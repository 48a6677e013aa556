package dev.krpo.worker.task;

import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import java.util.Locale;
import java.util.Optional;

/** The rollouts published since the last call. Thread-safe. */
public final class WorkerProgress {

    private long takenNanos = System.nanoTime();
    private long newestVersion;
    private long rollouts;
    private long tokens;
    private double rewards;

    synchronized void add(Rollout rollout) {
        for (TokenRun run : rollout.getVersionRuns()) {
            newestVersion = Math.max(newestVersion, run.getPolicyVersion());
        }
        rollouts++;
        tokens += rollout.getCompletionTokens().size();
        rewards += rollout.getReward();
    }

    public synchronized Optional<String> take() {
        long nowNanos = System.nanoTime();
        double seconds = (nowNanos - takenNanos) / 1e9;
        takenNanos = nowNanos;
        if (rollouts == 0) {
            return Optional.empty();
        }
        String line = String.format(
                Locale.ROOT,
                "policy version %d, %,d rollouts, mean reward %.3f, %,.0f tokens/s",
                newestVersion,
                rollouts,
                rewards / rollouts,
                tokens / seconds);
        rollouts = 0;
        tokens = 0;
        rewards = 0;
        return Optional.of(line);
    }
}
