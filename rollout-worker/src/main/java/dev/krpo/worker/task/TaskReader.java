package dev.krpo.worker.task;

import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.worker.engine.RolloutEngine;
import dev.krpo.worker.settings.WorkerSettings;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decodes tasks, validates them and looks up their prompts. Not thread-safe. */
final class TaskReader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskReader.class);
    /** Maximum age of the view of the prompts, so that corrections of known ones take effect. */
    private static final long REFRESH_NANOS = Duration.ofSeconds(10).toNanos();

    private final RecordSerde<RolloutTask> serde = RecordSerde.of(RolloutTask.class);
    private final KafkaTable<Prompt> prompts;
    private final String promptTopic;
    private final String policyName;
    private final WorkerSettings worker;
    private final RolloutEngine engine;
    private boolean read;
    private long caughtUpAt;
    private boolean current;

    /** @param engine provides the tokenizer and the maximum sequence length */
    TaskReader(Cluster cluster, WorkerSettings worker, RolloutEngine engine) {
        this.promptTopic = cluster.name(Topic.PROMPTS);
        this.prompts = new KafkaTable<>(cluster.kafka(), promptTopic, RecordSerde.of(Prompt.class));
        this.policyName = worker.config().get(PolicySettings.NAME);
        this.worker = worker;
        this.engine = engine;
    }

    /**
     * Called before the tasks of a poll are read: an unknown prompt triggers a single refresh of the prompts per poll.
     */
    void startBatch() {
        current = false;
        if (!read || System.nanoTime() - caughtUpAt > REFRESH_NANOS) {
            catchUp();
        }
    }

    private void catchUp() {
        prompts.catchUp();
        if (!read) {
            LOG.info("{} prompts in {}", prompts.entries().size(), promptTopic);
            read = true;
        }
        caughtUpAt = System.nanoTime();
        current = true;
    }

    /** @throws RejectedException if the record does not contain a task */
    RolloutTask decode(ConsumerRecord<byte[], byte[]> source) throws RejectedException {
        try {
            return serde.decode(source.value());
        } catch (UndecodableRecordException e) {
            throw new RejectedException(e.reason(), e.getMessage());
        }
    }

    /**
     * Prepares a task for generation.
     *
     * @throws RejectedException if it can never be generated
     */
    PreparedTask prepare(ConsumerRecord<byte[], byte[]> source, RolloutTask task) throws RejectedException {
        SamplingOptions options = check(task);
        Prompt prompt = promptOf(task);
        PromptEncoder encoder = new PromptEncoder(engine.tokenizer(), engine.maxPositions());
        int[] tokens;
        try {
            tokens = encoder.encode(prompt, options.maxNewTokens());
        } catch (UnusablePromptException e) {
            throw new RejectedException(e.fault().reason(), e.getMessage());
        }
        return new PreparedTask(source, task, prompt, tokens, options);
    }

    private SamplingOptions check(RolloutTask task) throws RejectedException {
        if (task.getTaskId().isBlank()) {
            throw new RejectedException(
                    "task-invalid", "taskId is '" + task.getTaskId() + "'; a non-blank name is needed");
        }
        if (!task.getPolicyName().equals(policyName)) {
            throw new RejectedException(
                    "unknown-policy",
                    "policyName is '" + task.getPolicyName() + "', but this run's workers follow '" + policyName
                            + "'; set the same policy.name everywhere, or give the other policy its own topics.prefix");
        }
        if (task.getGroupSize() < 1 || task.getGroupSize() > worker.get(WorkerSettings.MAX_BATCH_ROWS)) {
            throw new RejectedException(
                    "task-invalid",
                    "groupSize is " + task.getGroupSize() + "; it must be from 1 to " + WorkerSettings.MAX_BATCH_ROWS
                            + " = " + worker.get(WorkerSettings.MAX_BATCH_ROWS)
                            + ": ask for fewer completions or raise that setting of the workers");
        }
        SamplingParameters sampling = task.getSampling();
        try {
            SamplingOptions options =
                    new SamplingOptions(sampling.getTemperature(), sampling.getTopP(), sampling.getMaxNewTokens());
            if (options.temperature() == 0) {
                throw new IllegalArgumentException(
                        "temperature is 0; above 0 is needed, because a greedy completion has no log-probabilities");
            }
            checkOverlong(options.maxNewTokens());
            return options;
        } catch (IllegalArgumentException e) {
            throw new RejectedException("task-invalid", "sampling." + e.getMessage());
        }
    }

    private void checkOverlong(int maxNewTokens) {
        worker.overlong().ifPresent(overlong -> {
            if (overlong.tokens() >= maxNewTokens) {
                throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + " and "
                        + WorkerSettings.OVERLONG_TOKENS + " of the workers is " + overlong.tokens()
                        + ", which would penalise every completion; lower that setting or raise maxNewTokens");
            }
        });
    }

    private Prompt promptOf(RolloutTask task) throws RejectedException {
        Optional<Prompt> prompt = prompts.get(task.getPromptId());
        if (prompt.isEmpty() && !current) {
            catchUp();
            prompt = prompts.get(task.getPromptId());
        }
        return prompt.orElseThrow(() -> new RejectedException(
                "unknown-prompt",
                "promptId is '" + task.getPromptId() + "', which is not one of the "
                        + prompts.entries().size() + " prompts in " + promptTopic
                        + "; load it with `krpo prompts load` before issuing tasks for it"));
    }

    @Override
    public void close() {
        prompts.close();
    }
}
