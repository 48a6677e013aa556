package dev.krpo.worker;

import dev.krpo.worker.reward.Overlong;
import dev.krpo.worker.reward.Reward;
import dev.krpo.worker.reward.Rewards;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** How a worker takes tasks and scores completions. */
public final class WorkerSettings extends AbstractConfig {

    private static final String ID = "worker.id";
    private static final String REWARD = "worker.reward";
    static final String OVERLONG_TOKENS = "worker.overlongTokens";
    private static final String BATCH_TASKS = "worker.batchTasks";
    static final String MAX_BATCH_ROWS = "worker.maxBatchRows";
    private static final String REWARD_THREADS = "worker.rewardThreads";
    static final String REWARD_TIMEOUT_MS = "worker.rewardTimeoutMs";
    private static final String POLL_MS = "worker.pollMs";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    ID,
                    Type.STRING,
                    null,
                    Importance.LOW,
                    "Names the worker in its rollouts; host, process id and a random number if not set. No two workers of a run may"
                            + " share one.")
            .define(
                    REWARD,
                    Type.STRING,
                    Rewards.DEFAULT,
                    Importance.HIGH,
                    "How completions are scored, in training, by krpo eval and in experiments: " + Rewards.builtIn()
                            + "; or the name of a reward of your own, in a jar in plugins/ or on KRPO_CLASSPATH"
                            + " (docs/use/your-reward.md).")
            .define(
                    OVERLONG_TOKENS,
                    Type.INT,
                    0,
                    ConfigDef.Range.between(0, 1_000_000),
                    Importance.MEDIUM,
                    "The last so many of a task's maxNewTokens are punished (DAPO's soft overlong punishment): a completion's reward falls"
                            + " linearly by up to 1 over them, recorded as the component overlong. Less than maxNewTokens; 0 = off. The lowest reward falls by 1:"
                            + " krpo, spo and mapo need estimator.rewardRange [-1, 1] then, if rewards are otherwise in [0, 1].")
            .define(
                    REWARD_THREADS,
                    Type.INT,
                    8,
                    ConfigDef.Range.between(1, 1_024),
                    Importance.MEDIUM,
                    "Rewards computed side by side. More for a reward that waits (for a service, a sandbox), 1 for one that cannot be called"
                            + " by several threads at once.")
            .define(
                    REWARD_TIMEOUT_MS,
                    Type.INT,
                    30_000,
                    ConfigDef.Range.between(1, 3_600_000),
                    Importance.MEDIUM,
                    "How long the reward of one completion may take, milliseconds. What takes longer is interrupted, and the completion becomes"
                            + " a dead letter (reward-timeout).")
            .define(
                    BATCH_TASKS,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(1, 10_000),
                    Importance.MEDIUM,
                    "Most tasks taken at once; other workers cannot have them meanwhile, so lower it when many workers share few tasks.")
            .define(
                    MAX_BATCH_ROWS,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(1, 100_000),
                    Importance.MEDIUM,
                    "Most completions generated side by side, what memory allows; at least the group size. Tasks with equal sampling"
                            + " parameters share a batch.")
            .define(
                    POLL_MS,
                    Type.INT,
                    500,
                    ConfigDef.Range.between(1, 2_000),
                    Importance.LOW,
                    "How long one look for tasks or policy versions waits when there are none, milliseconds; closing an idle worker takes as"
                            + " long.");

    private final String id;
    private final Reward reward;

    /** @throws ConfigException naming the setting, its value and the remedy */
    public WorkerSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        String given = getString(ID);
        id = given == null || given.isBlank() ? uniqueId() : given;
        reward = rewardNamed(getString(REWARD));
    }

    public String id() {
        return id;
    }

    public Reward reward() {
        return reward;
    }

    /** Empty when length is not punished. */
    public Optional<Overlong> overlong() {
        int tokens = getInt(OVERLONG_TOKENS);
        return tokens == 0 ? Optional.empty() : Optional.of(new Overlong(tokens));
    }

    public int rewardThreads() {
        return getInt(REWARD_THREADS);
    }

    /** Of one completion. */
    public Duration rewardTimeout() {
        return Duration.ofMillis(getInt(REWARD_TIMEOUT_MS));
    }

    public int batchTasks() {
        return getInt(BATCH_TASKS);
    }

    public int maxBatchRows() {
        return getInt(MAX_BATCH_ROWS);
    }

    public Duration poll() {
        return Duration.ofMillis(getInt(POLL_MS));
    }

    /** Here and not in the definition: the roles that score nothing read the same file and may lack the jar. */
    private static Reward rewardNamed(String name) {
        try {
            return Rewards.named(name);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(REWARD, name, e.getMessage());
        }
    }

    private static String uniqueId() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // The random number alone keeps workers apart.
            host = "worker";
        }
        return String.format(
                "%s-%d-%04x",
                host, ProcessHandle.current().pid(), ThreadLocalRandom.current().nextInt(1 << 16));
    }
}
