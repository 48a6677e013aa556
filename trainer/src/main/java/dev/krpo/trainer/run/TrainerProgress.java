package dev.krpo.trainer.run;

import dev.krpo.schemas.TrainingStep;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Steps published and samples dropped since the last call of {@link #take}. Thread-safe. */
final class TrainerProgress {

    private TrainingStep last;
    private int steps;
    private double rewards;
    private double staleness;
    private long stalenessMax;
    private long learnMs;
    private long waitMs;
    private final Map<String, Long> passedOver = new TreeMap<>();

    /** A sample that is not trained on. */
    synchronized void passedOver(String reason) {
        passedOver.merge(reason, 1L, Long::sum);
    }

    synchronized void add(TrainingStep step) {
        last = step;
        steps++;
        rewards += step.getRewardMean();
        staleness += step.getStalenessMean();
        stalenessMax = Math.max(stalenessMax, step.getStalenessMax());
        learnMs += step.getLearnMs();
        waitMs += step.getWaitMs();
    }

    synchronized Optional<String> take() {
        String over = passedOver.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        passedOver.clear();
        if (steps == 0) {
            return over.isEmpty() ? Optional.empty() : Optional.of("no step; samples passed over: " + over);
        }
        String line = String.format(
                Locale.ROOT,
                "policy version %d, %d steps, mean reward %.3f, staleness %.1f (max %d), busy %.0f %%, samples"
                        + " trained %,d,"
                        + " dropped %,d",
                last.getVersionAfter(),
                steps,
                rewards / steps,
                staleness / steps,
                stalenessMax,
                100.0 * learnMs / Math.max(1, learnMs + waitMs),
                last.getSamplesTrained(),
                last.getSamplesDropped());
        steps = 0;
        rewards = 0;
        staleness = 0;
        stalenessMax = 0;
        learnMs = 0;
        waitMs = 0;
        return Optional.of(over.isEmpty() ? line : line + "; passed over now: " + over);
    }
}
