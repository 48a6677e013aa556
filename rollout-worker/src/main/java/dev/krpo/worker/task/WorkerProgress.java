package dev.krpo.worker.task;

import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The published rollouts: since the start as meters, since the last call of {@link #take} as a line. Thread-safe. */
public final class WorkerProgress implements MeterBinder {

    /** @param reward sum of the rewards */
    private record Totals(long newestVersion, long rollouts, long tokens, double reward) {

        Totals plus(Rollout rollout) {
            long newest = newestVersion;
            for (TokenRun run : rollout.getVersionRuns()) {
                newest = Math.max(newest, run.getPolicyVersion());
            }
            return new Totals(
                    newest, rollouts + 1, tokens + rollout.getCompletionTokens().size(), reward + rollout.getReward());
        }
    }

    private final AtomicReference<Totals> totals = new AtomicReference<>(new Totals(0, 0, 0, 0));
    private Totals taken = totals.get();
    private long takenNanos = System.nanoTime();

    void add(Rollout rollout) {
        totals.updateAndGet(before -> before.plus(rollout));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("krpo.worker.policy.version", totals, now -> now.get().newestVersion())
                .description("Newest policy version that generated a published token")
                .register(registry);
        FunctionCounter.builder("krpo.worker.rollouts", totals, now -> now.get().rollouts())
                .description("Rollouts published")
                .register(registry);
        FunctionCounter.builder("krpo.worker.tokens", totals, now -> now.get().tokens())
                .description("Completion tokens published")
                .register(registry);
        // Not a counter: rewards may be negative.
        Gauge.builder("krpo.worker.reward.sum", totals, now -> now.get().reward())
                .description("Sum of the rewards; its change divided by that of the rollouts is the mean reward")
                .register(registry);
    }

    public synchronized Optional<String> take() {
        long nowNanos = System.nanoTime();
        double seconds = (nowNanos - takenNanos) / 1e9;
        takenNanos = nowNanos;
        Totals before = taken;
        taken = totals.get();
        long rollouts = taken.rollouts() - before.rollouts();
        return rollouts == 0
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "policy version %d, %,d rollouts, mean reward %.3f, %,.0f tokens/s",
                        taken.newestVersion(),
                        rollouts,
                        (taken.reward() - before.reward()) / rollouts,
                        (taken.tokens() - before.tokens()) / seconds));
    }
}
