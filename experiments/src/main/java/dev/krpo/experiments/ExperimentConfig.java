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
 * An experiment as its file says it. Every arm runs in every condition with every seed, on the same number of rollouts.
 *
 * @param title heading of the report
 * @param prepare what must be there first
 * @param task what is learned, unless a condition says otherwise
 * @param rollouts generated in each run
 * @param evaluations of the held-out accuracy in each run, evenly spaced, besides the one before it
 * @param seeds runs of each arm in each condition, with seeds 1, 2, ...
 * @param targets held-out accuracies whose cost in rollouts is reported, each in (0, 1)
 * @param reference the arm that the others are compared with
 * @param tuning how each arm's step size is chosen
 * @param gradients where and how the noise of the gradient is measured; null: it is not
 * @param settings of every run, by name
 * @param conditions by name
 * @param arms settings of each arm, by name of the arm
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

    /** Seeds above it are those of tuning. */
    static final int MOST_SEEDS = 100;

    private static final YAMLMapper YAML = new YAMLMapper();

    /**
     * Another krpo command, run first if what it makes is not there. What is there must have been made by the same
     * command.
     *
     * @param makes a file or directory
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
     * The step size of an arm is the one with the largest area under its curve, mean of the tuning seeds. These are
     * 101, 102, ..., none of which is used again.
     *
     * @param learningRates the grid; a single one needs no tuning
     * @param seeds runs of each arm at each learning rate
     * @param condition where it is done, for all conditions; null: in each condition for itself
     */
    public record Tuning(@JsonProperty(required = true) List<Double> learningRates, int seeds, String condition) {}

    /**
     * The gradient of every arm at the same policies: those that the reference arm has at certain points of a run.
     *
     * @param at shares of the reference's run, each in [0, 1], ascending
     * @param warmup batches that only the estimators see
     * @param batches whose gradients are compared
     * @param seeds of the reference's run, 1, 2, ...
     */
    public record Gradients(
            @JsonProperty(required = true) List<Double> at,
            @JsonProperty(required = true) int warmup,
            @JsonProperty(required = true) int batches,
            @JsonProperty(required = true) int seeds) {}

    /**
     * @param task if another than the experiment's
     * @param rewardFlip probability that a reward r turns into 1 - r, in [0, 0.5)
     * @param lag versions between the policy that answers and the one that learns from it
     * @param settings for all arms
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
        require(rollouts > 0, "rollouts", rollouts, "give the number of rollouts of a run");
        require(evaluations > 0, "evaluations", evaluations, "1 at least: the accuracy at the end");
        require(
                seeds > 0 && seeds <= MOST_SEEDS,
                "seeds",
                seeds,
                "1 to " + MOST_SEEDS + "; an interval needs 2, a claim 8");
        require(!arms.isEmpty(), "arms", arms.keySet(), "name one at least");
        require(!conditions.isEmpty(), "conditions", conditions.keySet(), "name one at least, such as `plain:`");
        require(arms.containsKey(reference), "reference", reference, "use the name of an arm: " + arms.keySet());
        require(!tuning.learningRates.isEmpty(), "tuning.learningRates", "[]", "give one at least");
        for (double rate : tuning.learningRates) {
            require(rate > 0, "tuning.learningRates", rate, "use numbers > 0");
        }
        require(
                new HashSet<>(tuning.learningRates).size() == tuning.learningRates.size(),
                "tuning.learningRates",
                tuning.learningRates,
                "name each one once");
        require(
                tuning.learningRates.size() == 1 || tuning.seeds > 0,
                "tuning.seeds",
                tuning.seeds,
                "1 at least when there are several learning rates");
        require(
                tuning.condition == null || conditions.containsKey(tuning.condition),
                "tuning.condition",
                tuning.condition,
                "use the name of a condition: " + conditions.keySet());
        for (double target : targets) {
            require(target > 0 && target < 1, "targets", target, "use accuracies between 0 and 1");
        }
        if (gradients != null) {
            require(!gradients.at.isEmpty(), "gradients.at", gradients.at, "give one share at least");
            double before = 0;
            for (double at : gradients.at) {
                require(at >= before && at <= 1, "gradients.at", gradients.at, "use shares from 0 to 1, ascending");
                before = at;
            }
            require(gradients.warmup >= 0, "gradients.warmup", gradients.warmup, "use a number of batches >= 0");
            require(gradients.batches >= 2, "gradients.batches", gradients.batches, "2 at least");
            require(gradients.seeds >= 1, "gradients.seeds", gradients.seeds, "1 at least");
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
                        "it becomes a part of file names: use a-z, 0-9, dots and dashes")));
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
