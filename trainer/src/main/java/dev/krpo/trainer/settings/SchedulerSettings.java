package dev.krpo.trainer.settings;

import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.schemas.SamplingParameters;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** Which tasks are issued, and how many at a time. */
public final class SchedulerSettings extends AbstractConfig {

    private static final String GROUP_SIZE = "scheduler.groupSize";
    private static final String MAX_STALENESS = "scheduler.maxStaleness";
    private static final String TEMPERATURE = "scheduler.temperature";
    private static final String TOP_P = "scheduler.topP";
    private static final String MAX_NEW_TOKENS = "scheduler.maxNewTokens";
    private static final String SEED = "scheduler.seed";
    private static final String TASK_TIMEOUT_MS = "scheduler.taskTimeoutMs";
    private static final String CURRICULUM = "scheduler.curriculum";
    private static final String CURRICULUM_EXPLORATION = "scheduler.curriculumExploration";
    private static final String OFF = "off";
    private static final String PRIORITISED = "prioritised";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    GROUP_SIZE,
                    Type.INT,
                    1,
                    ConfigDef.Range.between(1, 1024),
                    Importance.HIGH,
                    "Completions of a prompt in one task. 1 for krpo; group estimators need 2 or more.")
            .define(
                    MAX_STALENESS,
                    Type.INT,
                    4,
                    ConfigDef.Range.between(0, 1_000_000),
                    Importance.HIGH,
                    "Versions a sample may be behind the policy it trains. About half as many batches are in flight (one at least), which leaves the other half for publishing and loading a version; older samples are dropped and counted.")
            .define(
                    TEMPERATURE,
                    Type.DOUBLE,
                    1.0,
                    SchedulerSettings::checkTemperature,
                    Importance.MEDIUM,
                    "Divides the logits.")
            .define(
                    TOP_P,
                    Type.DOUBLE,
                    1.0,
                    SchedulerSettings::checkFraction,
                    Importance.MEDIUM,
                    "Nucleus mass; below 1 the behaviour log-probs are those of the nucleus, and each rollout records the mass that it kept.")
            .define(
                    MAX_NEW_TOKENS,
                    Type.INT,
                    16,
                    ConfigDef.Range.between(1, 1_000_000),
                    Importance.HIGH,
                    "Longest completion in tokens, end-of-sequence included.")
            .define(
                    SEED,
                    Type.LONG,
                    0L,
                    Importance.MEDIUM,
                    "Fixes the order of prompts and each rollout's random draws.")
            .define(
                    TASK_TIMEOUT_MS,
                    Type.LONG,
                    60_000L,
                    ConfigDef.Range.atLeast(100),
                    Importance.LOW,
                    "After this time a task whose samples have not come is replaced, milliseconds. As it may still be done, samples in time and late"
                            + " ones are never more than twice the samples in flight that maxStaleness allows.")
            .define(
                    CURRICULUM,
                    Type.STRING,
                    OFF,
                    ConfigDef.ValidString.in(OFF, PRIORITISED),
                    Importance.MEDIUM,
                    "Which prompts are asked. off: each once an epoch. prioritised: those whose rewards differ, and those the filter is"
                            + " unsure of, with weight sqrt(x(1-x)) + sqrt(P) + curriculumExploration from baselines; for rewards in [0, 1] and"
                            + " estimator.name krpo.")
            .define(
                    CURRICULUM_EXPLORATION,
                    Type.DOUBLE,
                    0.05,
                    SchedulerSettings::checkFraction,
                    Importance.LOW,
                    "What every prompt weighs in the prioritised curriculum, solved ones included, in units of reward; in (0, 1].");

    public SchedulerSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
    }

    public int groupSize() {
        return getInt(GROUP_SIZE);
    }

    public int maxStaleness() {
        return getInt(MAX_STALENESS);
    }

    /** Batches between issue and training: half of the bound, the other half is for publishing and loading a version. */
    public int batchesInFlight() {
        return Math.max(1, (maxStaleness() + 1) / 2);
    }

    public int maxNewTokens() {
        return getInt(MAX_NEW_TOKENS);
    }

    public long seed() {
        return getLong(SEED);
    }

    public long taskTimeoutMs() {
        return getLong(TASK_TIMEOUT_MS);
    }

    /** The seed of the n-th task. */
    public long taskSeed(long sequence) {
        return seed() * 1_000_003 + sequence;
    }

    /** Whether prompts are drawn by what {@code baselines} says of them. */
    public boolean prioritised() {
        return getString(CURRICULUM).equals(PRIORITISED);
    }

    /** In units of reward, > 0. */
    public double curriculumExploration() {
        return getDouble(CURRICULUM_EXPLORATION);
    }

    /** @param taskSeed of one task */
    public SamplingParameters sampling(long taskSeed) {
        return new SamplingParameters(getDouble(TEMPERATURE), getDouble(TOP_P), maxNewTokens(), taskSeed);
    }

    private static void checkFraction(String name, Object value) {
        if (!((Double) value > 0 && (Double) value <= 1)) {
            throw new ConfigException(name, value, "it must be in (0, 1]");
        }
    }

    /** Kafka's own range lets NaN pass. */
    private static void checkTemperature(String name, Object value) {
        double temperature = (Double) value;
        if (!(temperature >= BehaviourRules.MIN_TEMPERATURE && temperature <= BehaviourRules.MAX_TEMPERATURE)) {
            throw new ConfigException(
                    name,
                    value,
                    "use a number from " + BehaviourRules.MIN_TEMPERATURE + " to " + BehaviourRules.MAX_TEMPERATURE);
        }
    }
}
