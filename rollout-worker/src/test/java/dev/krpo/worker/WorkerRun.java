package dev.krpo.worker;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.settings.Config;
import dev.krpo.testkit.EmbeddedRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A run with workers as its only roles: a checkpoint directory, tasks and rollouts. */
final class WorkerRun extends EmbeddedRun {

    static final String POLICY = "default";

    /** A worker with these settings fails to publish the rollouts of {@link #promptTooLargeToPublish}. */
    static final Map<String, String> SMALL_REQUESTS = Map.of("kafka.max.request.size", "4000");

    private final Path checkpoints;
    private long sequence;

    WorkerRun(String bootstrapServers, String prefix, Path checkpoints, Map<String, String> settings) {
        super(bootstrapServers, prefix);
        this.checkpoints = checkpoints;
        set("policy.checkpoints", checkpoints);
        set("policy.device", "cpu");
        set("worker.pollMs", 100);
        set(settings);
        createTopics();
    }

    /** A small random policy; the same seed yields the same weights. */
    static Policy policy(long seed) {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        ModelConfig shape = new ModelConfig(tokenizer.vocabularySize(), 32, 48, 2, 4, 2, 96, 1e-5, 10_000, true, 0.3);
        return Policy.initialise(shape, tokenizer, seed, Device.cpu());
    }

    RolloutWorker startWorker(Map<String, String> overrides) {
        Map<String, String> settings = settings();
        settings.putAll(overrides);
        return start(new RolloutWorker(Config.of(settings)));
    }

    CheckpointRef writeCheckpoint(long version, long seed) {
        try (Policy policy = policy(seed)) {
            DirectoryCheckpointStore store = new DirectoryCheckpointStore(checkpoints);
            store.create();
            return store.write(
                    String.format("v%08d", version),
                    new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of()));
        }
    }

    void announce(long version, CheckpointRef ref) {
        send(
                Topic.POLICY_VERSIONS,
                POLICY,
                new PolicyVersion(
                        POLICY, version, ref.uri(), ref.sha256(), ref.sizeBytes(), System.currentTimeMillis()));
    }

    /** Writes and announces a version with the weights of the seed. */
    void publishVersion(long version, long seed) {
        announce(version, writeCheckpoint(version, seed));
    }

    /** Its tasks are small, but each of its rollouts holds the long name of its dataset. */
    void promptTooLargeToPublish(String promptId) {
        send(Topic.PROMPTS, promptId, new Prompt(promptId, "1+1=", "2", "sums".repeat(2_000), Map.of()));
    }

    RolloutTask task(String promptId, int groupSize, SamplingParameters sampling) {
        return task(promptId, POLICY, groupSize, sampling);
    }

    RolloutTask task(String promptId, String policyName, int groupSize, SamplingParameters sampling) {
        long number = sequence++;
        RolloutTask task = new RolloutTask(
                policyName + "-" + number, number, promptId, policyName, groupSize, sampling, 0L, 1_000L + number);
        send(Topic.ROLLOUT_TASKS, promptId, task);
        return task;
    }

    static SamplingParameters sampling(double temperature, double topP, int maxNewTokens, long seed) {
        return new SamplingParameters(temperature, topP, maxNewTokens, seed);
    }

    List<Rollout> rollouts() {
        return read(Topic.ROLLOUTS, Rollout.class);
    }

    List<DeadLetter> deadLetters() {
        return read(Topic.DEAD_LETTERS, DeadLetter.class);
    }

    String shareGroup() {
        return cluster().topics().shareGroup();
    }
}
