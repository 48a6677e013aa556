package dev.krpo.experiments;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.krpo.runtime.text.Reason;
import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration file of an experiment. Every arm runs in every condition with every seed, for the same number of
 * rollouts.
 *
 * @param title heading of the report
 * @param prepare commands to run first
 * @param task model and questions, unless a condition overrides them
 * @param rollouts number of rollouts per run
 * @param evaluations number of held-out evaluations per run, evenly spaced, in addition to the one at the start
 * @param seeds number of runs per arm and condition, with seeds 1, 2, ...
 * @param targets held-out accuracies, each in (0, 1); the report states the rollouts needed to reach each
 * @param reference the arm that the others are compared with
 * @param tuning selection of each arm's step size
 * @param gradients measurement of gradient noise; null to skip it
 * @param settings settings of every run, by name
 * @param conditions conditions by name
 * @param arms settings of each arm, by arm name
 */
public record ExperimentConfig(
        @JsonProperty(required = true) String title,
        List<Preparation> prepare,
        @JsonProperty(required = true) Task task,
        @JsonProperty(required = true) int rollouts,
        @JsonProperty(required = true) int evaluations,
        @JsonProperty(required = true) int seeds,
        List<Double> targets,
        @JsonProperty(required = true) String reference,
        @JsonProperty(required = true) Tuning tuning,
        Gradients gradients,
        Map<String, String> settings,
        @JsonProperty(required = true) LinkedHashMap<String, Condition> conditions,
        @JsonProperty(required = true) LinkedHashMap<String, Map<String, String>> arms) {

    /** Seeds above this are reserved for tuning. */
    static final int MAX_SEEDS = 100;

    private static final YAMLMapper YAML = new YAMLMapper();

    /**
     * A krpo command to run first if its output does not exist. An existing output must come from the same command.
     *
     * @param makes file or directory that the command creates
     * @param krpo arguments of the command, separated by spaces
     */
    public record Preparation(
            @JsonProperty(required = true) Path makes,
            @JsonProperty(required = true) String krpo) {}

    /**
     * @param model Hugging Face directory of the base model
     * @param train questions to learn from, JSONL
     * @param heldOut questions to measure with, JSONL
     */
    public record Task(
            @JsonProperty(required = true) Path model,
            @JsonProperty(required = true) Path train,
            @JsonProperty(required = true) Path heldOut) {}

    /**
     * Selects the step size with the largest mean area under the curve over the tuning seeds. Those are 101, 102, ...,
     * and are not used in any other run.
     *
     * @param learningRates the grid; a single value needs no tuning
     * @param seeds number of runs per arm and learning rate
     * @param condition the condition to tune in, for all conditions; null to tune in each one separately
     */
    public record Tuning(@JsonProperty(required = true) List<Double> learningRates, int seeds, String condition) {}

    /**
     * The gradient of every arm at the same policies: the reference arm's at given points of its run.
     *
     * @param at points of the reference's run, as shares in [0, 1], ascending
     * @param warmup number of batches that only the estimators process
     * @param batches number of batches whose gradients are compared
     * @param seeds number of reference runs, with seeds 1, 2, ...
     */
    public record Gradients(
            @JsonProperty(required = true) List<Double> at,
            @JsonProperty(required = true) int warmup,
            @JsonProperty(required = true) int batches,
            @JsonProperty(required = true) int seeds) {}

    /**
     * @param task overrides the experiment's; null to keep it
     * @param rewardFlip probability of replacing a reward r with 1 - r, in [0, 0.5)
     * @param lag number of versions between the generating and the trained policy
     * @param settings settings of all arms in this condition
     */
    public record Condition(Task task, double rewardFlip, int lag, Map<String, String> settings) {

        public Condition {
            settings = settings == null ? Map.of() : settings;
        }
    }

    public ExperimentConfig {
        prepare = prepare == null ? List.of() : prepare;
        targets = targets == null ? List.of() : targets;
        settings = settings == null ? Map.of() : settings;
        conditions.replaceAll((name, condition) -> condition == null ? new Condition(null, 0, 0, null) : condition);
        arms.replaceAll((name, own) -> own == null ? Map.of() : own);
        require(rollouts > 0, "rollouts", rollouts, "set the number of rollouts per run");
        require(evaluations > 0, "evaluations", evaluations, "use at least 1, the accuracy at the end");
        require(
                seeds > 0 && seeds <= MAX_SEEDS,
                "seeds",
                seeds,
                "use 1 to " + MAX_SEEDS + "; an interval needs 2, a claim 8");
        require(!arms.isEmpty(), "arms", arms.keySet(), "add at least one");
        require(!conditions.isEmpty(), "conditions", conditions.keySet(), "add at least one, such as `plain:`");
        require(arms.containsKey(reference), "reference", reference, "use the name of an arm: " + arms.keySet());
        require(!tuning.learningRates.isEmpty(), "tuning.learningRates", "[]", "add at least one");
        for (double rate : tuning.learningRates) {
            require(rate > 0, "tuning.learningRates", rate, "use numbers > 0");
        }
        require(
                new HashSet<>(tuning.learningRates).size() == tuning.learningRates.size(),
                "tuning.learningRates",
                tuning.learningRates,
                "list each one once");
        require(
                tuning.learningRates.size() == 1 || tuning.seeds > 0,
                "tuning.seeds",
                tuning.seeds,
                "use at least 1 with several learning rates");
        require(
                tuning.condition == null || conditions.containsKey(tuning.condition),
                "tuning.condition",
                tuning.condition,
                "use the name of a condition: " + conditions.keySet());
        for (double target : targets) {
            require(target > 0 && target < 1, "targets", target, "use accuracies between 0 and 1");
        }
        if (gradients != null) {
            require(!gradients.at.isEmpty(), "gradients.at", gradients.at, "add at least one share");
            double before = 0;
            for (double at : gradients.at) {
                require(at >= before && at <= 1, "gradients.at", gradients.at, "use shares from 0 to 1, ascending");
                before = at;
            }
            require(gradients.warmup >= 0, "gradients.warmup", gradients.warmup, "use a number of batches >= 0");
            require(gradients.batches >= 2, "gradients.batches", gradients.batches, "use at least 2");
            require(gradients.seeds >= 1, "gradients.seeds", gradients.seeds, "use at least 1");
        }
        conditions.forEach((name, condition) -> {
            String where = "conditions." + name;
            require(
                    condition.rewardFlip >= 0 && condition.rewardFlip < 0.5,
                    where + ".rewardFlip",
                    condition.rewardFlip,
                    "use a probability in [0, 0.5)");
            require(condition.lag >= 0, where + ".lag", condition.lag, "use a number of versions >= 0");
        });
        List.of(conditions.keySet(), arms.keySet())
                .forEach(names -> names.forEach(name -> require(
                        name.matches("[a-z0-9][a-z0-9.-]*"),
                        "the name",
                        name,
                        "it is part of file names: use a-z, 0-9, dots and dashes")));
        require(!conditions.containsKey(GradientSpec.KIND), "conditions", GradientSpec.KIND, "use another name");
    }

    /** @throws UsageException naming the file, the line or the field, the value and the remedy */
    public static ExperimentConfig read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("there is no experiment file " + file + "; examples are in examples/experiments");
        }
        try {
            return YAML.readValue(file.toFile(), ExperimentConfig.class);
        } catch (JsonMappingException e) {
            throw e.getCause() instanceof UsageException usage
                    ? new UsageException(file + ": " + usage.getMessage(), e)
                    : unreadable(file, e);
        } catch (JsonProcessingException e) {
            throw unreadable(file, e);
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + Reason.of(e), e);
        }
    }

    private static UsageException unreadable(Path file, JsonProcessingException e) {
        JsonLocation location = e.getLocation();
        String line = location == null ? "" : ":" + location.getLineNr();
        return new UsageException(file + line + ": " + e.getOriginalMessage(), e);
    }

    private static void require(boolean holds, String field, Object value, String remedy) {
        if (!holds) {
            throw new UsageException(field + " is " + value + "; " + remedy);
        }
    }
}
