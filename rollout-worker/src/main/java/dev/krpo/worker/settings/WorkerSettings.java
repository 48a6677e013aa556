package dev.krpo.worker.settings;

import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import dev.krpo.worker.reward.Overlong;
import dev.krpo.worker.reward.Reward;
import dev.krpo.worker.reward.Rewards;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Settings for how a worker takes tasks and scores completions. */
public final class WorkerSettings {

    public static final Section SECTION = Section.of("worker", "Worker", "worker");

    private static final Setting<Optional<String>> ID = SECTION.optionalText("id")
            .doc("Identifies the worker in its rollouts; defaults to host, process id and a random number."
                    + " Must be unique within a run.");
    public static final Setting<String> REWARD = SECTION.text("reward", Rewards.DEFAULT)
            .doc("How completions are scored, in training, by krpo eval and in experiments: " + Rewards.described()
                    + "; or the name of a reward of your own, in a jar in plugins/ or on KRPO_CLASSPATH"
                    + " (docs/use/your-reward.md).");
    public static final Setting<Integer> OVERLONG_TOKENS = SECTION.integer("overlongTokens", 0)
            .between(0, 1_000_000)
            .unit("tokens")
            .doc("Length of the penalised tail of maxNewTokens (DAPO's soft overlong punishment): a completion's reward"
                    + " falls linearly by up to 1 over it, recorded as the component overlong. Less than"
                    + " maxNewTokens; 0 = off. The lowest reward falls by 1: krpo, spo and mapo need"
                    + " estimator.rewardRange [-1, 1] then, if rewards are otherwise in [0, 1].");
    public static final Setting<Integer> REWARD_THREADS = SECTION.integer("rewardThreads", 8)
            .between(1, 1_024)
            .unit("threads")
            .doc("Rewards computed concurrently. Raise it for a reward that waits (for a service, a sandbox);"
                    + " use 1 for one that is not thread-safe.");
    public static final Setting<Integer> REWARD_TIMEOUT_MS = SECTION.integer("rewardTimeoutMs", 30_000)
            .between(1, 3_600_000)
            .unit("ms")
            .doc("Maximum time for the reward of one completion. A longer call is interrupted, and the"
                    + " completion becomes a dead letter (reward-timeout).");
    public static final Setting<Integer> BATCH_TASKS = SECTION.integer("batchTasks", 256)
            .between(1, 10_000)
            .unit("tasks")
            .doc("Maximum tasks fetched per poll; they are locked for other workers, so lower it when many workers"
                    + " share few tasks.");
    public static final Setting<Integer> MAX_BATCH_ROWS = SECTION.integer("maxBatchRows", 256)
            .between(1, 100_000)
            .unit("completions")
            .doc("Maximum completions generated concurrently, bounded by memory; at least the group size."
                    + " Tasks with equal sampling parameters share a batch.");
    public static final Setting<Integer> POLL_MS = SECTION.integer("pollMs", 500)
            .between(1, 2_000)
            .unit("ms")
            .doc("Poll timeout when idle, for tasks and policy versions; closing an idle worker takes up to"
                    + " this long.");

    private final Config config;
    private final String id;
    private final Reward reward;

    /** @throws InvalidSettingException naming the setting, its value and the remedy */
    public WorkerSettings(Config config) {
        this.config = config;
        SECTION.settings().forEach(config::get);
        id = config.get(ID).orElseGet(WorkerSettings::uniqueId);
        reward = reward(config);
    }

    public Config config() {
        return config;
    }

    public int get(Setting<Integer> setting) {
        return config.get(setting);
    }

    public String id() {
        return id;
    }

    public Reward reward() {
        return reward;
    }

    /** Empty if length is not penalised. */
    public Optional<Overlong> overlong() {
        int tokens = get(OVERLONG_TOKENS);
        return tokens == 0 ? Optional.empty() : Optional.of(new Overlong(tokens));
    }

    /** Time limit for the reward of one completion. */
    public Duration rewardTimeout() {
        return Duration.ofMillis(get(REWARD_TIMEOUT_MS));
    }

    public Duration poll() {
        return Duration.ofMillis(get(POLL_MS));
    }

    /** Resolved here and not in the definition: roles that do not score read the same file and may lack the jar. */
    private static Reward reward(Config config) {
        try {
            return Rewards.named(config.get(REWARD));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(config, REWARD, e.getMessage());
        }
    }

    private static String uniqueId() {
        String host;
        try {
            host = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // The random number alone keeps worker ids unique.
            host = "worker";
        }
        return String.format(
                "%s-%d-%04x",
                host, ProcessHandle.current().pid(), ThreadLocalRandom.current().nextInt(1 << 16));
    }
}
