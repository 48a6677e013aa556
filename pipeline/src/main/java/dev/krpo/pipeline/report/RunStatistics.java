package dev.krpo.pipeline.report;

import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TrainingStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Statistics of a run so far. They are computed from records only, so a resumed run shows its whole history. */
public final class RunStatistics {

    private final long sessionStartMs;
    private final List<StepPoint> steps = new ArrayList<>();
    private final List<Accuracy> accuracies = new ArrayList<>();
    private final Map<String, Interval> generating = new LinkedHashMap<>();
    private long rollouts;
    private long tokensGenerated;
    private long tokensTrained;
    private long stalenessMax;

    /** @param sessionStartMs busy fractions count from here on, excluding the time before a run was resumed */
    public RunStatistics(long sessionStartMs) {
        this.sessionStartMs = sessionStartMs;
    }

    public synchronized void add(Rollout rollout) {
        rollouts++;
        tokensGenerated += rollout.getCompletionTokens().size();
        if (rollout.getStartedAtMs() >= sessionStartMs) {
            // All rollouts of a batch start at the same time.
            generating.merge(
                    rollout.getWorkerId() + "@" + rollout.getStartedAtMs(),
                    new Interval(rollout.getStartedAtMs(), rollout.getFinishedAtMs()),
                    (one, two) -> new Interval(one.startMs(), Math.max(one.endMs(), two.endMs())));
        }
    }

    public synchronized void add(TrainingStep step) {
        steps.add(StepPoint.of(step));
        tokensTrained += step.getCompletionTokens() + step.getPromptTokens();
        stalenessMax = Math.max(stalenessMax, step.getStalenessMax());
    }

    public synchronized void add(Accuracy accuracy) {
        accuracies.add(accuracy);
    }

    public synchronized List<StepPoint> steps() {
        return List.copyOf(steps);
    }

    public synchronized List<Accuracy> accuracies() {
        return List.copyOf(accuracies);
    }

    public synchronized List<Interval> workerIntervals() {
        return List.copyOf(generating.values());
    }

    public synchronized List<Interval> trainerIntervals() {
        return steps.stream()
                .filter(step -> step.finishedAtMs() - step.learnMs() >= sessionStartMs)
                .map(step -> new Interval(step.finishedAtMs() - step.learnMs(), step.finishedAtMs()))
                .toList();
    }

    public synchronized long rollouts() {
        return rollouts;
    }

    public synchronized long tokensGenerated() {
        return tokensGenerated;
    }

    public synchronized long tokensTrained() {
        return tokensTrained;
    }

    public synchronized long stalenessMax() {
        return stalenessMax;
    }

    public synchronized long versions() {
        return steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step();
    }

    /** Number of steps in this session, excluding earlier ones of the run. */
    public synchronized long stepsOfThisCall() {
        return steps.stream()
                .filter(step -> step.finishedAtMs() >= sessionStartMs)
                .count();
    }

    /** Mean reward of the newest steps. */
    public synchronized double recentReward() {
        return steps.subList(Math.max(0, steps.size() - 8), steps.size()).stream()
                .mapToDouble(StepPoint::reward)
                .average()
                .orElse(Double.NaN);
    }

    /** Samples generated but neither trained on nor dropped yet. */
    public synchronized long lag() {
        if (steps.isEmpty()) {
            return rollouts;
        }
        StepPoint last = steps.get(steps.size() - 1);
        return Math.max(0, rollouts - last.samplesTrained() - last.samplesDropped());
    }

    /** Share of the time since the first generation of this session that the intervals cover. */
    public synchronized double busy(List<Interval> intervals) {
        Interval span = span();
        long length = span.endMs() - span.startMs();
        return length == 0 ? 0 : (double) Interval.covered(intervals) / length;
    }

    /** From the first to the last activity in this session. */
    synchronized Interval span() {
        List<Interval> all = new ArrayList<>(generating.values());
        all.addAll(trainerIntervals());
        if (all.isEmpty()) {
            return new Interval(sessionStartMs, sessionStartMs);
        }
        return new Interval(
                all.stream().mapToLong(Interval::startMs).min().orElseThrow(),
                all.stream().mapToLong(Interval::endMs).max().orElseThrow());
    }
}
