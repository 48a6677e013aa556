package dev.krpo.trainer.run;

import dev.krpo.policy.Policy;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.settings.Config;
import dev.krpo.testkit.EmbeddedRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A run with a trainer as its only role: a small base model, a checkpoint directory, tasks, samples and steps. */
final class TrainerRun extends EmbeddedRun {

    static final int BATCH = 8;

    private final Path checkpoints;

    TrainerRun(String bootstrapServers, String prefix, Path directory) {
        super(bootstrapServers, prefix);
        checkpoints = directory.resolve("checkpoints");
        set("policy.checkpoints", checkpoints);
        try (Policy policy = TrainerFixtures.policy(1)) {
            set("policy.baseModel", TrainerFixtures.write(directory.resolve(prefix), policy.snapshot()));
        }
        set("policy.device", "cpu");
        set("trainer.batchSize", BATCH);
        set("scheduler.maxStaleness", 1000);
        createTopics();
    }

    Path checkpoints() {
        return checkpoints;
    }

    void task(long sequence, long version) {
        String prompt = "p" + sequence % 5;
        send(
                Topic.ROLLOUT_TASKS,
                prompt,
                new RolloutTask(
                        "default-" + sequence,
                        sequence,
                        prompt,
                        "default",
                        1,
                        new SamplingParameters(1.0, 1.0, 4, sequence),
                        version,
                        0L));
    }

    /** A step without statistics. */
    void step(long made, long nextTaskSequence) {
        send(
                Topic.TRAINING_STEPS,
                "default",
                TrainingStep.newBuilder()
                        .setPolicyName("default")
                        .setStep(made)
                        .setVersionBefore(made - 1)
                        .setVersionAfter(made)
                        .setSamples(List.of(new SampleRef(0, made)))
                        .setNextOffsets(List.of())
                        .setSamplesTrained(made)
                        .setSamplesDropped(0)
                        .setLoss(0)
                        .setPolicyLoss(0)
                        .setKl(0)
                        .setEntropy(0)
                        .setGradientNorm(0)
                        .setClipFraction(0)
                        .setImportanceRatioMean(1)
                        .setRewardMean(0)
                        .setAdvantageMean(0)
                        .setAdvantageVariance(0)
                        .setStalenessMean(0)
                        .setStalenessMax(0)
                        .setCompletionTokens(0)
                        .setPromptTokens(0)
                        .setLearningRate(0)
                        .setWaitMs(0)
                        .setLearnMs(0)
                        .setThreads(1)
                        .setFinishedAtMs(0)
                        .setNextTaskSequence(nextTaskSequence)
                        .build());
    }

    /** Samples of version 0 for this many batches. */
    void samples(int first, int batches) {
        feed(first, batches * BATCH, 0);
    }

    void feed(int first, int count, long version) {
        feed(first, count, version, "");
    }

    /** @param leftOut the filter that excluded the samples; empty if none did */
    void feed(int first, int count, long version, String leftOut) {
        for (int i = first; i < first + count; i++) {
            sample(rollout(i, "p" + i % 5, version), i % 2 == 0 ? 1.0 : -1.0, leftOut);
        }
        flush();
    }

    /** One sample of version 0 with a changed rollout. */
    void sample(int i, double advantage, Consumer<Rollout.Builder> change) {
        Rollout.Builder rollout = Rollout.newBuilder(rollout(i, "p0", 0));
        change.accept(rollout);
        sample(rollout.build(), advantage, "");
        flush();
    }

    private void sample(Rollout rollout, double advantage, String leftOut) {
        send(
                Topic.ADVANTAGES,
                rollout.getPromptId(),
                new AdvantageSample(rollout, advantage, 0.5, 0.25, "krpo", 0, 0L, 0L, leftOut));
    }

    static Rollout rollout(int i, String prompt, long version) {
        return new Rollout(
                "default-" + i + "/0",
                "default-" + i,
                "default-" + i,
                1,
                0,
                prompt,
                "d",
                "default",
                PrimitiveArrays.of(4, 13, 5, 17),
                PrimitiveArrays.of(3 + i % 10, 2),
                PrimitiveArrays.of(-2f, -0.7f),
                List.of(new TokenRun(version, 2)),
                "x",
                (double) (i % 2),
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 4, (long) i),
                "w",
                0L,
                1L,
                2L,
                List.of());
    }

    List<TrainingStep> steps() {
        return read(Topic.TRAINING_STEPS, TrainingStep.class);
    }

    void awaitSteps(int count) {
        awaitCount(Topic.TRAINING_STEPS, count);
    }

    List<RolloutTask> tasks() {
        return read(Topic.ROLLOUT_TASKS, RolloutTask.class);
    }

    /** Trains until this many steps have been taken in total. */
    void train(int steps) throws InterruptedException {
        train(config("trainer.maxSteps", Integer.toString(steps)));
    }

    /** Trains up to the {@code trainer.maxSteps} of this run. */
    void train() throws InterruptedException {
        train(config());
    }

    private void train(Config config) throws InterruptedException {
        try (Trainer trainer = start(new Trainer(config))) {
            trainer.awaitTermination();
            trainer.failure().ifPresent(failure -> {
                throw new AssertionError(failure);
            });
        }
    }
}
