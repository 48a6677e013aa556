package dev.krpo.trainer.run;

import dev.krpo.schemas.TrainingStep;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Steps published and samples dropped: since the start as meters, since the last call of {@link #take} as a line.
 * Thread-safe.
 */
final class TrainerProgress implements MeterBinder {

    /** Sums over the steps since the start. */
    private record Totals(long steps, long samples, double reward, double staleness, long learnMs, long waitMs) {

        Totals plus(TrainingStep step) {
            return new Totals(
                    steps + 1,
                    samples + step.getSamples().size(),
                    reward + step.getRewardMean(),
                    staleness + step.getStalenessMean(),
                    learnMs + step.getLearnMs(),
                    waitMs + step.getWaitMs());
        }
    }

    private final List<MeterRegistry> registries = new ArrayList<>();
    private final Map<String, Long> dropped = new TreeMap<>();
    private final Map<String, Long> droppedTaken = new TreeMap<>();
    private Totals totals = new Totals(0, 0, 0, 0, 0, 0);
    private Totals taken = totals;
    private long stalenessMax;
    private TrainingStep last;

    TrainerProgress() {
        // A counter that appears with its first sample would not show that sample as an increase.
        List.of(LearnerLoop.TOO_STALE, LearnerLoop.REPEATED, LearnerLoop.MISSING, Sample.REJECTED, Sample.OTHER_POLICY)
                .forEach(reason -> dropped.put(reason, 0L));
    }

    /** Samples that are not trained on. */
    synchronized void dropped(String reason, long samples) {
        if (dropped.putIfAbsent(reason, 0L) == null) {
            registries.forEach(registry -> bindDropped(registry, reason));
        }
        dropped.merge(reason, samples, Long::sum);
    }

    synchronized void add(TrainingStep step) {
        last = step;
        totals = totals.plus(step);
        stalenessMax = Math.max(stalenessMax, step.getStalenessMax());
    }

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        registries.add(registry);
        bindLast(registry, "krpo.trainer.policy.version", "Newest published version", TrainingStep::getVersionAfter);
        bindLast(registry, "krpo.trainer.reward.mean", "Mean reward of the last step", TrainingStep::getRewardMean);
        bindLast(
                registry,
                "krpo.trainer.staleness.mean",
                "Mean staleness of the last step's samples, in versions",
                TrainingStep::getStalenessMean);
        bindLast(
                registry,
                "krpo.trainer.staleness.max",
                "Maximum staleness of the last step's samples, in versions",
                TrainingStep::getStalenessMax);
        bindTimer(registry, "krpo.trainer.learn", "Optimizer steps published", Totals::learnMs);
        bindTimer(registry, "krpo.trainer.wait", "Waits for the samples of a published step", Totals::waitMs);
        FunctionCounter.builder("krpo.trainer.samples.trained", this, progress -> progress.total(Totals::samples))
                .description("Samples of published steps")
                .register(registry);
        dropped.keySet().forEach(reason -> bindDropped(registry, reason));
    }

    private void bindLast(
            MeterRegistry registry, String name, String description, ToDoubleFunction<TrainingStep> value) {
        Gauge.builder(name, this, progress -> progress.ofLast(value))
                .description(description)
                .register(registry);
    }

    private void bindTimer(MeterRegistry registry, String name, String description, ToDoubleFunction<Totals> millis) {
        FunctionTimer.builder(
                        name,
                        this,
                        progress -> (long) progress.total(Totals::steps),
                        progress -> progress.total(millis),
                        TimeUnit.MILLISECONDS)
                .description(description)
                .register(registry);
    }

    private void bindDropped(MeterRegistry registry, String reason) {
        FunctionCounter.builder("krpo.trainer.samples.dropped", this, progress -> progress.ofDropped(reason))
                .tag("reason", reason)
                .description("Samples that were not trained on")
                .register(registry);
    }

    /** Not a number before the first step. */
    private synchronized double ofLast(ToDoubleFunction<TrainingStep> value) {
        return last == null ? Double.NaN : value.applyAsDouble(last);
    }

    private synchronized double total(ToDoubleFunction<Totals> value) {
        return value.applyAsDouble(totals);
    }

    private synchronized double ofDropped(String reason) {
        return dropped.get(reason);
    }

    synchronized Optional<String> take() {
        String drops = dropped.entrySet().stream()
                .filter(count -> count.getValue() > droppedTaken.getOrDefault(count.getKey(), 0L))
                .map(count -> count.getValue() - droppedTaken.getOrDefault(count.getKey(), 0L) + " " + count.getKey())
                .collect(Collectors.joining(", "));
        droppedTaken.putAll(dropped);
        Totals before = taken;
        taken = totals;
        long steps = totals.steps() - before.steps();
        if (steps == 0) {
            return drops.isEmpty() ? Optional.empty() : Optional.of("no step; samples dropped: " + drops);
        }
        long learnMs = totals.learnMs() - before.learnMs();
        long waitMs = totals.waitMs() - before.waitMs();
        String line = String.format(
                Locale.ROOT,
                "policy version %d, %d steps, mean reward %.3f, staleness %.1f (max %d), busy %.0f %%, samples"
                        + " trained %,d,"
                        + " dropped %,d",
                last.getVersionAfter(),
                steps,
                (totals.reward() - before.reward()) / steps,
                (totals.staleness() - before.staleness()) / steps,
                stalenessMax,
                100.0 * learnMs / Math.max(1, learnMs + waitMs),
                last.getSamplesTrained(),
                last.getSamplesDropped());
        stalenessMax = 0;
        return Optional.of(drops.isEmpty() ? line : line + "; dropped since the last line: " + drops);
    }
}
