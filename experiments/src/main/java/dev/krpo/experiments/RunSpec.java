package dev.krpo.experiments;

import dev.krpo.experiments.ExperimentConfig.Condition;
import dev.krpo.experiments.ExperimentConfig.Task;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.pipeline.settings.CrossChecks;
import dev.krpo.pipeline.settings.Settings;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Setting;
import dev.krpo.settings.UsageException;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.environment.EnvironmentFactory;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.reward.Rewards;
import dev.krpo.worker.settings.WorkerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of an experiment: everything that determines its result.
 *
 * @param settings all settings, including learning rate and seed
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
        Config settings)
        implements ExperimentJob {

    /** Settings that the experiment sets itself or that have no effect in it, with the remedy. */
    private static final Map<Setting<?>, String> OWNED = Map.of(
            LearnerOptions.LEARNING_RATE,
            "use `tuning.learningRates`",
            SchedulerSettings.SEED,
            "use `seeds`",
            TrainerSettings.MAX_STEPS,
            "use `rollouts`",
            SchedulerSettings.MAX_STALENESS,
            "use `lag` in a condition");

    private static final Logger LOG = LoggerFactory.getLogger(RunSpec.class);
    private static final Pattern DECISIVE = Pattern.compile("(estimator|trainer|scheduler|policy)\\.");

    static RunSpec of(ExperimentConfig experiment, String conditionName, String arm, double learningRate, long seed) {
        Condition condition = experiment.conditions().get(conditionName);
        Config given = check(experiment.settings(), "settings")
                .with(check(condition.settings(), "conditions." + conditionName))
                .with(check(experiment.arms().get(arm), "arms." + arm));
        OWNED.forEach((setting, remedy) -> {
            if (given.has(setting)) {
                throw new InvalidSettingException(given, setting, remedy);
            }
        });
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
                given.with(LearnerOptions.LEARNING_RATE, learningRate, "tuning")
                        .with(SchedulerSettings.SEED, seed, "tuning"));
        spec.check();
        return spec;
    }

    private static Config check(Map<String, String> values, String source) {
        return Settings.ALL.check(Config.of(values, source), LOG::warn);
    }

    /** @throws UsageException if the settings are inconsistent, naming the arm */
    private void check() {
        try {
            TrainerSettings trainer = new TrainerSettings(settings);
            int batchSize = trainer.get(TrainerSettings.BATCH_SIZE);
            CrossChecks.ofAll(settings);
            if (rollouts % batchSize != 0) {
                throw new UsageException("rollouts is " + rollouts + "; make it a multiple of trainer.batchSize ("
                        + batchSize + "), so that all arms get the same number");
            }
            if ((long) batchSize * (lag + 1) > rollouts) {
                throw new UsageException("rollouts is " + rollouts + "; with a batch of " + batchSize + " and a lag of "
                        + lag + " no batch would be trained on; raise it");
            }
        } catch (InvalidSettingException | UsageException e) {
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
     * Hash of everything that the configuration determines, including defaults and files, so that a result is never
     * mistaken for another configuration's. Code changes within a version are not detected: use another directory.
     *
     * @param more further text to include
     */
    String digest(String more) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (String file : List.of("model.safetensors", "config.json", "tokenizer.json")) {
                sha.update(Files.readAllBytes(task.model().resolve(file)));
            }
            sha.update(Files.readAllBytes(task.train()));
            sha.update(Files.readAllBytes(task.heldOut()));
            Map<String, Object> effective = new TreeMap<>();
            Settings.ALL.settings().stream()
                    .filter(setting -> DECISIVE.matcher(setting.key()).lookingAt())
                    .filter(this::decides)
                    .forEach(setting -> effective.put(setting.key(), digested(setting)));
            WorkerSettings worker = new WorkerSettings(settings);
            effective.put("overlong", worker.overlong());
            if (!worker.reward().name().equals(Rewards.DEFAULT)) {
                effective.put("reward", worker.reward().name());
            }
            EnvironmentFactory environment = Environments.chosen(settings);
            if (!environment.name().equals(Environments.NAME.standard())) {
                effective.put(Environments.NAME.key(), environment.name());
                environment.settings().stream()
                        .flatMap(section -> section.settings().stream())
                        .forEach(setting -> effective.put(setting.key(), digested(setting)));
            }
            String rest = effective + " " + rewardFlip + " " + lag + " " + rollouts + " " + evaluations + more;
            return HexFormat.of().formatHex(sha.digest(rest.getBytes(StandardCharsets.UTF_8)), 0, 4);
        } catch (IOException e) {
            throw new UsageException("condition " + condition + ": " + e.getMessage()
                    + " cannot be read; correct `task`, or add the command that creates it to `prepare`");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /**
     * The defaults of a jar decide nothing, so that results are still found after another jar is added; nor does the
     * default forward pass, the only one before it was a setting.
     */
    private boolean decides(Setting<?> setting) {
        return (Settings.ALL.isBuiltIn(setting) && setting != LearnerOptions.FORWARD)
                || !settings.get(setting).equals(setting.standard());
    }

    /** In the format of earlier releases, so that their results are still found. */
    private String digested(Setting<?> setting) {
        return switch (setting.type()) {
            case "list", "range" -> "[" + settings.text(setting).strip().replaceAll("\\s*,\\s*", ", ") + "]";
            case "path" -> settings.text(setting).strip();
            default -> settings.canonical(setting).isEmpty() ? "null" : settings.canonical(setting);
        };
    }
}
