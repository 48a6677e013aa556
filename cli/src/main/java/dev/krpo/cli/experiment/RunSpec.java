package dev.krpo.cli.experiment;

import dev.krpo.cli.config.Configuration;
import dev.krpo.cli.config.Setting;
import dev.krpo.cli.config.UsageException;
import dev.krpo.cli.experiment.ExperimentConfig.Condition;
import dev.krpo.cli.experiment.ExperimentConfig.Task;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.streams.estimator.Estimator;
import dev.krpo.trainer.settings.TrainerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;

/**
 * One run of an experiment: everything that decides its result.
 *
 * @param settings by name, the learning rate and the seed included
 */
record RunSpec(
        String condition,
        String arm,
        double learningRate,
        long seed,
        Task task,
        double rewardFlip,
        int lag,
        int rollouts,
        int evaluations,
        Map<String, String> settings)
        implements Job {

    static RunSpec of(ExperimentConfig experiment, String conditionName, String arm, double learningRate, long seed) {
        Condition condition = experiment.conditions().get(conditionName);
        Map<String, Setting> settings = new LinkedHashMap<>();
        put(settings, experiment.settings(), "settings");
        put(settings, condition.settings(), "conditions." + conditionName);
        put(settings, experiment.arms().get(arm), "arms." + arm);
        put(
                settings,
                Map.of("trainer.learningRate", Double.toString(learningRate), "scheduler.seed", Long.toString(seed)),
                "tuning");
        RunSpec spec = new RunSpec(
                conditionName,
                arm,
                learningRate,
                seed,
                condition.task() == null ? experiment.task() : condition.task(),
                condition.rewardFlip(),
                condition.lag(),
                experiment.rollouts(),
                experiment.evaluations(),
                new Configuration(settings).values());
        spec.check();
        return spec;
    }

    private static void put(Map<String, Setting> settings, Map<String, String> values, String source) {
        values.forEach((name, value) -> settings.put(name, new Setting(value, source)));
    }

    /** @throws UsageException if the settings do not fit together, naming the arm */
    private void check() {
        try {
            TrainerSettings trainer = new TrainerSettings(settings);
            Estimator estimator = new EstimatorSettings(settings).estimator();
            if (trainer.scheduler().groupSize() < estimator.smallestGroup()) {
                throw new UsageException("arm " + arm + ": scheduler.groupSize is "
                        + trainer.scheduler().groupSize() + "; " + estimator.name() + " needs at least "
                        + estimator.smallestGroup());
            }
            if ((long) trainer.batchSize() * (lag + 1) > rollouts) {
                throw new UsageException("rollouts is " + rollouts + "; with a batch of " + trainer.batchSize()
                        + " and a lag of " + lag + " nothing would be learned: give more");
            }
        } catch (ConfigException e) {
            throw new UsageException("arm " + arm + " in condition " + condition + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String name() {
        return condition + "/" + arm + "/" + learningRate + "/" + seed;
    }

    @Override
    public Path file() {
        return Path.of("runs", condition, arm + "--lr" + learningRate + "--seed" + seed + "--" + digest("") + ".csv");
    }

    @Override
    public void run(Path file) throws IOException {
        try (SynchronousRun run = SynchronousRun.of(this)) {
            run.run().write(file);
        }
    }

    @Override
    public String outcome(Path file) throws IOException {
        RunResult result = RunResult.read(file);
        return String.format(
                Locale.ROOT,
                "%.1f %% after %d rollouts, %.0f s",
                100 * result.finalAccuracy(),
                result.last().rollouts(),
                result.last().seconds());
    }

    /**
     * Changes with whatever decides the result, so that a result is never taken for that of another configuration.
     *
     * @param more that decides it too
     */
    String digest(String more) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(Files.readAllBytes(task.model().resolve("model.safetensors")));
            sha.update(Files.readAllBytes(task.train()));
            sha.update(Files.readAllBytes(task.heldOut()));
            String rest =
                    new TreeMap<>(settings) + " " + rewardFlip + " " + lag + " " + rollouts + " " + evaluations + more;
            return HexFormat.of().formatHex(sha.digest(rest.getBytes(StandardCharsets.UTF_8)), 0, 4);
        } catch (IOException e) {
            throw new UsageException("condition " + condition + ": " + e.getMessage()
                    + " cannot be read; correct `task`, or say under `prepare` which command makes it");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
