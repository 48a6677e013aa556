package dev.krpo.trainer.run;

import dev.krpo.learner.FailedStepException;
import dev.krpo.learner.Learner;
import dev.krpo.learner.StepStatistics;
import dev.krpo.learner.TrainingSequence;
import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.publish.FinishedStep;
import dev.krpo.trainer.publish.ReproducibilityRecord;
import dev.krpo.trainer.schedule.InFlightBudget;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects batches of fresh samples, steps, and hands each finished step to the publisher. */
final class LearnerLoop implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LearnerLoop.class);

    static final String TOO_STALE = "too-stale";

    /** The same rolloutId was trained before. */
    static final String REPEATED = "repeated";

    /**
     * A dead letter of topology or worker states why the sample never arrived. Counted so that a restart knows which
     * samples are still outstanding.
     */
    static final String MISSING = "missing";

    /** Samples dropped by a release that did not yet record the reason. */
    private static final String NOT_RECORDED = "not-recorded";

    private static final long POLL_MS = 200;

    /**
     * Warn after dropping this many batches' worth of samples while filling one: there may be nothing left to learn
     * from.
     */
    private static final int DROPPED_BATCHES = 10;

    /** If this many consecutive batches contain nothing trainable, their samples are not the cause. */
    private static final int FAILED_BATCHES = 8;

    private final TrainerSettings settings;
    private final Learner learner;
    private final BlockingQueue<Sample> samples;
    private final BlockingQueue<FinishedStep> finished;
    private final InFlightBudget demand;
    private final TrainedIds trainedIds;
    private final DeadLetterWriter deadLetters;
    private final TrainerProgress progress;
    private final Map<Integer, Long> nextOffsets;
    private final Map<String, String> decisive;
    private final LongSupplier nextTaskSequence;
    private volatile long version;
    private long trained;
    private int failedInARow;
    private final Map<String, Long> dropped = new TreeMap<>();
    private volatile boolean running = true;
    private volatile boolean abandoned;

    LearnerLoop(
            TrainerSettings settings,
            Learner learner,
            BlockingQueue<Sample> samples,
            BlockingQueue<FinishedStep> finished,
            InFlightBudget demand,
            TrainedIds trainedIds,
            DeadLetterWriter deadLetters,
            TrainerProgress progress,
            Map<Integer, Long> nextOffsets,
            Optional<TrainingStep> last,
            LongSupplier nextTaskSequence) {
        this.settings = settings;
        this.nextTaskSequence = nextTaskSequence;
        this.learner = learner;
        this.samples = samples;
        this.finished = finished;
        this.demand = demand;
        this.trainedIds = trainedIds;
        this.deadLetters = deadLetters;
        this.progress = progress;
        this.nextOffsets = new TreeMap<>(nextOffsets);
        this.decisive = ReproducibilityRecord.settings(settings, learner.policy());
        this.version = last.map(TrainingStep::getVersionAfter).orElse(0L);
        this.trained = last.map(TrainingStep::getSamplesTrained).orElse(0L);
        last.ifPresent(step -> {
            dropped.putAll(step.getDropped());
            if (step.getDropped().isEmpty() && step.getSamplesDropped() > 0) {
                dropped.put(NOT_RECORDED, step.getSamplesDropped());
            }
        });
    }

    /** The version that the next step starts from. */
    long version() {
        return version;
    }

    void stop() {
        running = false;
    }

    /** Stops without handing over the finished step: the publisher has stopped. */
    void abandon() {
        running = false;
        abandoned = true;
    }

    @Override
    public void run() {
        try {
            while (running && version < settings.get(TrainerSettings.MAX_STEPS)) {
                long startMs = SteadyClock.PROCESS.milliseconds();
                List<Sample> batch = collect();
                if (batch.size() == settings.get(TrainerSettings.BATCH_SIZE)) {
                    Optional<FinishedStep> step = step(batch, SteadyClock.PROCESS.milliseconds() - startMs);
                    if (step.isPresent()) {
                        put(step.get());
                    }
                }
            }
            put(FinishedStep.end());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void put(FinishedStep step) throws InterruptedException {
        boolean taken = false;
        while (!taken && !abandoned) {
            taken = finished.offer(step, POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** A full batch, or less if the trainer stops meanwhile. */
    private List<Sample> collect() throws InterruptedException {
        List<Sample> batch = new ArrayList<>(settings.get(TrainerSettings.BATCH_SIZE));
        long passedOver = 0;
        while (running && batch.size() < settings.get(TrainerSettings.BATCH_SIZE)) {
            Sample next = samples.poll(POLL_MS, TimeUnit.MILLISECONDS);
            if (next != null) {
                nextOffsets.put(next.record().partition(), next.record().offset() + 1);
                String unusable = unusable(next);
                if (unusable == null) {
                    trainedIds.add(next.rolloutId());
                    batch.add(next);
                } else {
                    drop(unusable, 1);
                    passedOver++;
                    warnOfMany(passedOver, batch.size());
                }
                demand.consumed(next.taskId());
            }
        }
        return batch;
    }

    /** The reason not to train on a sample, or null. */
    private String unusable(Sample sample) {
        if (sample.unusable() != null) {
            return sample.unusable();
        }
        if (trainedIds.contains(sample.rolloutId())) {
            return REPEATED;
        }
        return staleness(sample) > settings.get(SchedulerSettings.MAX_STALENESS) ? TOO_STALE : null;
    }

    private void drop(String reason, long count) {
        dropped.merge(reason, count, Long::sum);
        progress.dropped(reason, count);
    }

    private void warnOfMany(long passedOver, int collected) {
        if (passedOver % ((long) DROPPED_BATCHES * settings.get(TrainerSettings.BATCH_SIZE)) == 0) {
            LOG.warn(
                    "{} samples were dropped while collecting {} of a batch of {}; dropped since version 0: {}",
                    passedOver,
                    collected,
                    settings.get(TrainerSettings.BATCH_SIZE),
                    dropped);
        }
    }

    /** Empty if no sample of the batch can be trained. */
    private Optional<FinishedStep> step(List<Sample> collected, long waitMs) {
        long startMs = SteadyClock.PROCESS.milliseconds();
        List<Sample> batch = collected;
        StepStatistics numbers;
        try {
            numbers = learner.step(sequences(batch));
        } catch (FailedStepException e) {
            batch = withoutCulprits(collected, e);
            if (batch.isEmpty()) {
                return Optional.empty();
            }
            numbers = learner.step(sequences(batch));
        }
        failedInARow = 0;
        long learnMs = SteadyClock.PROCESS.milliseconds() - startMs;
        trained += batch.size();
        long missing = demand.takeMissing();
        if (missing > 0) {
            drop(MISSING, missing);
        }
        TrainingStep step = new TrainingStep(
                settings.get(PolicySettings.NAME),
                version + 1,
                version,
                version + 1,
                batch.stream().map(Sample::ref).toList(),
                nextOffsets.entrySet().stream()
                        .map(entry -> new SampleRef(entry.getKey(), entry.getValue()))
                        .toList(),
                trained,
                dropped.values().stream().mapToLong(Long::longValue).sum(),
                numbers.loss().total(),
                numbers.loss().policyLoss(),
                numbers.loss().kl(),
                numbers.loss().entropy(),
                numbers.gradientNorm(),
                numbers.loss().clipFraction(),
                numbers.loss().importanceRatioMean(),
                batch.stream()
                        .mapToDouble(s -> s.sample().getRollout().getReward())
                        .average()
                        .orElseThrow(),
                batch.stream()
                        .mapToDouble(s -> s.sample().getAdvantage())
                        .average()
                        .orElseThrow(),
                variance(batch),
                batch.stream().mapToLong(this::staleness).average().orElseThrow(),
                batch.stream().mapToLong(this::staleness).max().orElseThrow(),
                numbers.completionTokens(),
                numbers.promptTokens(),
                numbers.learningRate(),
                waitMs,
                learnMs,
                settings.get(PolicySettings.THREADS),
                System.currentTimeMillis(),
                decisive,
                histogram(batch),
                Map.copyOf(dropped),
                nextTaskSequence.getAsLong());
        version = step.getVersionAfter();
        return Optional.of(new FinishedStep(step, learner.weights(), learner.optimizerState()));
    }

    private static List<TrainingSequence> sequences(List<Sample> samples) {
        return samples.stream().map(Sample::sequence).toList();
    }

    /** The rest of a batch whose step failed; the samples at fault become dead letters. */
    private List<Sample> withoutCulprits(List<Sample> batch, FailedStepException failure) {
        LOG.warn("a step with {} samples failed; looking for those at fault", batch.size(), failure);
        IdentityHashMap<Sample, FailedStepException> culprits = new Culprits<Sample>(
                        samples -> learner.gradients(sequences(samples)).close(), Sample::tokens)
                .of(batch);
        List<Sample> rest = new ArrayList<>(batch);
        rest.removeIf(culprits::containsKey);
        if (rest.isEmpty() && ++failedInARow == FAILED_BATCHES) {
            throw failure;
        }
        culprits.forEach((sample, why) -> {
            deadLetters.reject(
                    sample.record(),
                    why.notFinite() ? "gradient-not-finite" : "step-failed",
                    "a training step with the sample of rollout " + sample.rolloutId() + " (" + sample.tokens()
                            + " tokens) failed at version " + version + ": " + why.getMessage());
            trainedIds.forget(sample.rolloutId());
            drop(Sample.REJECTED, 1);
        });
        return rest;
    }

    /** Versions between the policy and the oldest weights that drew a token of the sample. */
    private long staleness(Sample sample) {
        long oldest = sample.sample().getRollout().getVersionRuns().stream()
                .mapToLong(TokenRun::getPolicyVersion)
                .min()
                .orElseThrow();
        return version - oldest;
    }

    private List<Integer> histogram(List<Sample> batch) {
        long oldest = batch.stream().mapToLong(this::staleness).max().orElse(0);
        int[] counts = new int[1 + (int) Math.max(0, oldest)];
        batch.forEach(sample -> counts[(int) Math.max(0, staleness(sample))]++);
        return PrimitiveArrays.of(counts);
    }

    private static double variance(List<Sample> batch) {
        double mean = batch.stream()
                .mapToDouble(s -> s.sample().getAdvantage())
                .average()
                .orElseThrow();
        return batch.stream()
                .mapToDouble(s -> Math.pow(s.sample().getAdvantage() - mean, 2))
                .average()
                .orElseThrow();
    }

    /** Called when the loop has ended. */
    @Override
    public void close() {
        learner.close();
    }
}
