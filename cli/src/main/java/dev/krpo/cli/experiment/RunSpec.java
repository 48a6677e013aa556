package dev.krpo.cli.experiment;

import dev.krpo.cli.config.Configuration;
import dev.krpo.cli.config.CrossChecks;
import dev.krpo.cli.config.Setting;
import dev.krpo.cli.config.UsageException;
import dev.krpo.cli.experiment.ExperimentConfig.Condition;
import dev.krpo.cli.experiment.ExperimentConfig.Task;
import dev.krpo.estimators.Estimator;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.WorkerSettings;
import dev.krpo.worker.reward.Rewards;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
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

    private static final String LEARNING_RATE = "trainer.learningRate";
    private static final String SEED = "scheduler.seed";

    /** Settings that an experiment decides itself or that mean nothing in it, with what to say instead. */
    private static final Map<String, String> OWNED = Map.of(
            LEARNING_RATE,
            "say `tuning.learningRates`",
            SEED,
            "say `seeds`",
            "trainer.maxSteps",
            "say `rollouts`",
            "scheduler.maxStaleness",
            "say `lag` in a condition");

    static RunSpec of(ExperimentConfig experiment, String conditionName, String arm, double learningRate, long seed) {
        Condition condition = experiment.conditions().get(conditionName);
        Map<String, Setting> settings = new LinkedHashMap<>();
        put(settings, experiment.settings(), "settings");
        put(settings, condition.settings(), "conditions." + conditionName);
        put(settings, experiment.arms().get(arm), "arms." + arm);
        OWNED.forEach((name, remedy) -> {
            Setting given = settings.get(name);
            if (given != null) {
                throw new UsageException(given.source() + ": " + name + " is " + given.value() + "; " + remedy);
            }
        });
        put(settings, Map.of(LEARNING_RATE, Double.toString(learningRate), SEED, Long.toString(seed)), "tuning");
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
            EstimatorSettings estimating = new EstimatorSettings(settings);
            Estimator estimator = estimating.estimator();
            int smallestGroup = estimating.smallestGroup();
            if (trainer.scheduler().groupSize() < smallestGroup) {
                throw new UsageException("arm " + arm + ": scheduler.groupSize is "
                        + trainer.scheduler().groupSize() + "; its estimator and filter need at least "
                        + smallestGroup);
            }
            if (trainer.scheduler().prioritised() && !estimator.persistent()) {
                throw new UsageException("arm " + arm + ": scheduler.curriculum is prioritised, and " + estimator.name()
                        + " keeps nothing of a prompt to choose by; use krpo or spo");
            }
            CrossChecks.ofAll(settings);
            if (rollouts % trainer.batchSize() != 0) {
                throw new UsageException("rollouts is " + rollouts + "; make it a multiple of trainer.batchSize ("
                        + trainer.batchSize() + "), so that all arms get as many");
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
     * Changes with whatever the configuration decides, defaults and files included, so that a result is never taken for that of another
     * one. Other code under the same version is not noticed: give it another directory.
     *
     * @param more that decides it too
     */
    String digest(String more) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (String file : List.of("model.safetensors", "config.json", "tokenizer.json")) {
                sha.update(Files.readAllBytes(task.model().resolve(file)));
            }
            sha.update(Files.readAllBytes(task.train()));
            sha.update(Files.readAllBytes(task.heldOut()));
            Map<String, Object> effective = new TreeMap<>(new EstimatorSettings(settings).values());
            effective.putAll(new TrainerSettings(settings).values());
            effective.putAll(new SchedulerSettings(settings).values());
            effective.putAll(new PolicySettings(settings).values());
            WorkerSettings worker = new WorkerSettings(settings);
            effective.put("overlong", worker.overlong());
            if (!worker.reward().name().equals(Rewards.DEFAULT)) {
                effective.put("reward", worker.reward().name());
            }
            String rest = effective + " " + rewardFlip + " " + lag + " " + rollouts + " " + evaluations + more;
            return HexFormat.of().formatHex(sha.digest(rest.getBytes(StandardCharsets.UTF_8)), 0, 4);
        } catch (IOException e) {
            throw new UsageException("condition " + condition + ": " + e.getMessage()
                    + " cannot be read; correct `task`, or say under `prepare` which command makes it");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
