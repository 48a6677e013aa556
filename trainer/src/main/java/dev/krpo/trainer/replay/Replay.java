package dev.krpo.trainer.replay;

import ai.djl.Device;
import dev.krpo.learner.Learner;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.learner.RecordedOptions;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.checkpoint.WeightShards;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.settings.Config;
import dev.krpo.trainer.publish.ReproducibilityRecord;
import dev.krpo.trainer.run.Sample;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Repeats the recorded steps, from one checkpoint and the log alone, and compares the SHA-256 of every version's
 * weights with the announced one. With the recorded settings, threads and engine on a CPU, the results are
 * bit-identical.
 */
public final class Replay {

    private final TrainerSettings settings;
    private final CheckpointStore store;
    private final Device device;

    /**
     * Result of a replay.
     *
     * @param difference the first version whose weights differ from the announced ones, if any; the replay ends there
     * @param sha256 of the last weights
     */
    public record Outcome(long from, long reached, String sha256, Optional<Difference> difference) {}

    /**
     * @param announced SHA-256 of the version
     * @param tensor human-readable description of the first tensor that differs from the checkpoint's, if the
     *     checkpoint was kept
     * @param environment human-readable differences between the recorded environment and this process; empty if nothing
     *     recorded differs
     */
    public record Difference(long version, String announced, Optional<String> tensor, String environment) {}

    /** Called for each version that matches. */
    public interface Progress {
        void replayed(long version, long to);
    }

    /** @param config as for the trainer; settings recorded with the steps take precedence */
    public Replay(Config config) {
        settings = new TrainerSettings(config);
        store = CheckpointStores.of(config, PolicySettings.CHECKPOINTS);
        TorchEngine.configure(settings.get(PolicySettings.THREADS));
        device = TorchEngine.device(settings.get(PolicySettings.DEVICE));
    }

    /**
     * @param from a version whose checkpoint was kept; version 0 always is
     * @param to a version, or empty for the newest
     * @throws ReplayException if the log lacks a version, a step or a sample
     * @throws dev.krpo.settings.InvalidSettingException if a step was trained with a loss whose jar is missing
     * @throws CheckpointException if the checkpoint to start from is missing or damaged
     */
    public Outcome run(long from, Optional<Long> to, Progress progress) {
        settings.cluster().connect().close();
        RecordedRun run = RecordedRun.read(settings, from, to.orElse(RecordedRun.NEWEST));
        // Before the first step: the jar of a later step's loss may be missing.
        run.steps().values().stream().map(TrainingStep::getSettings).distinct().forEach(this::options);
        CheckpointContents start = CheckpointContents.read(open(run.announced().get(from)));
        Map<String, String> decisive = Map.of();
        Learner learner = null;
        String sha256 = "";
        try (RecordedSamples samples = new RecordedSamples(settings, run.steps().values())) {
            for (TrainingStep step : run.steps().values()) {
                if (learner == null || !decisive.equals(step.getSettings())) {
                    CheckpointContents contents = learner == null ? start : contents(learner);
                    close(learner);
                    decisive = step.getSettings();
                    learner = learner(contents, step);
                }
                learner.step(samples.of(step).stream().map(Sample::sequence).toList());
                Map<String, HostTensor> weights = learner.weights();
                sha256 = WeightShards.sha256(weights);
                long version = step.getVersionAfter();
                PolicyVersion announced = run.announced().get(version);
                if (!sha256.equals(announced.getSha256())) {
                    return new Outcome(
                            from, version, sha256, Optional.of(difference(announced, weights, learner, step)));
                }
                progress.replayed(version, run.to());
            }
        } finally {
            close(learner);
        }
        return new Outcome(from, run.to(), sha256, Optional.empty());
    }

    private Path open(PolicyVersion version) {
        return store.open(version.getCheckpointUri(), version.getSha256());
    }

    private Learner learner(CheckpointContents contents, TrainingStep step) {
        LearnerOptions options = options(step.getSettings());
        TorchEngine.configure(step.getThreads());
        Policy reference = options.loss().klCoefficient() > 0
                ? Policy.load(settings.get(PolicySettings.BASE_MODEL), device)
                : null;
        return Learner.resume(contents, step.getVersionBefore(), device, reference, options);
    }

    private LearnerOptions options(Map<String, String> recorded) {
        return new TrainerSettings(RecordedOptions.replaying(settings.config(), recorded)).learnerOptions();
    }

    private static CheckpointContents contents(Learner learner) {
        Policy policy = learner.policy();
        return new CheckpointContents(policy.config(), policy.tokenizer(), learner.weights(), learner.optimizerState());
    }

    private static void close(Learner learner) {
        if (learner != null) {
            learner.close();
        }
    }

    private Difference difference(
            PolicyVersion announced, Map<String, HostTensor> weights, Learner learner, TrainingStep step) {
        Optional<String> tensor;
        try {
            tensor = Optional.of(
                    firstDifferent(CheckpointContents.read(open(announced)).weights(), weights));
        } catch (CheckpointException e) {
            // Pruned, like most checkpoints: no tensors to compare.
            tensor = Optional.empty();
        }
        return new Difference(announced.getVersion(), announced.getSha256(), tensor, environment(learner, step));
    }

    private static String firstDifferent(Map<String, HostTensor> announced, Map<String, HostTensor> weights) {
        for (Map.Entry<String, HostTensor> tensor : announced.entrySet()) {
            float[] expected = tensor.getValue().values();
            float[] actual = weights.get(tensor.getKey()).values();
            if (!Arrays.equals(expected, actual)) {
                int different = 0;
                double largest = 0;
                for (int i = 0; i < expected.length; i++) {
                    different += Float.floatToRawIntBits(expected[i]) == Float.floatToRawIntBits(actual[i]) ? 0 : 1;
                    largest = Math.max(largest, Math.abs((double) expected[i] - actual[i]));
                }
                return tensor.getKey() + ": " + different + " of " + expected.length + " values, by at most " + largest;
            }
        }
        return "none: the tensors are equal and the files are not";
    }

    private String environment(Learner learner, TrainingStep step) {
        Map<String, String> here = ReproducibilityRecord.settings(settings, learner.policy());
        Map<String, String> others = new TreeMap<>();
        for (String name : List.of(ReproducibilityRecord.ENGINE, ReproducibilityRecord.DEVICE)) {
            String recorded = step.getSettings().getOrDefault(name, "not recorded");
            if (!recorded.equals(here.get(name))) {
                others.put(name, recorded + " (here " + here.get(name) + ")");
            }
        }
        return others.isEmpty() ? "" : others.toString();
    }
}
