package dev.krpo.rollout;

import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.sampling.Completion;
import dev.krpo.policy.sampling.CompletionRequest;
import dev.krpo.policy.sampling.PolicySlot;
import dev.krpo.policy.sampling.Sampler;
import dev.krpo.policy.sampling.SamplingOptions;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.rollout.reward.Reward;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.kafka.KafkaTable;
import dev.krpo.schemas.kafka.Role;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes tasks from the share group, generates and scores their completions and publishes them. A task is acknowledged only
 * after the broker has its rollouts; a worker that dies leaves its tasks to the others.
 */
public final class RolloutWorker implements Role {

    private static final Logger LOG = LoggerFactory.getLogger(RolloutWorker.class);
    private static final Duration CATCH_UP = Duration.ofSeconds(60);
    private static final long CLOSE_TIMEOUT_MS = 10_000;

    private final WorkerSettings settings;
    private final Reward reward;
    private final PolicySlot slot = new PolicySlot();
    private final Sampler sampler = new Sampler(slot);
    private final RecordSerde<RolloutTask> taskSerde = RecordSerde.of(RolloutTask.class);
    private final RecordSerde<Rollout> rolloutSerde = RecordSerde.of(Rollout.class);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch terminated = new CountDownLatch(1);
    private final Thread generating = new Thread(this::run, "rollout-worker");
    private KafkaProducer<byte[], byte[]> producer;
    private KafkaShareConsumer<byte[], byte[]> consumer;
    private KafkaTable<Prompt> prompts;
    private DeadLetterSender deadLetters;
    private PolicyFollower follower;
    private Thread following;
    private volatile boolean running = true;

    public RolloutWorker(Map<String, String> config) {
        settings = new WorkerSettings(config);
        reward = settings.reward();
        TorchEngine.configure(settings.policy().threads());
    }

    /**
     * @throws dev.krpo.schemas.kafka.BrokerUnavailableException if no broker answers
     * @throws dev.krpo.schemas.topic.TopicsNotReadyException if topics are missing or have the wrong partition count
     */
    @Override
    public void start() {
        try (Admin admin = BrokerConnection.await(settings.kafka())) {
            settings.catalogue().check(admin);
        }
        ByteArraySerializer bytes = new ByteArraySerializer();
        producer = new KafkaProducer<>(settings.kafka().client(Map.of("linger.ms", "5", "acks", "all")), bytes, bytes);
        deadLetters = new DeadLetterSender(producer, settings.catalogue());
        prompts = new KafkaTable<>(
                settings.kafka(), settings.catalogue().name(Topic.PROMPTS), RecordSerde.of(Prompt.class));
        consumer = new KafkaShareConsumer<>(
                settings.kafka()
                        .client(Map.of(
                                "group.id",
                                settings.catalogue().shareGroup(),
                                "share.acknowledgement.mode",
                                "explicit",
                                "share.acquire.mode",
                                "record_limit",
                                "max.poll.records",
                                Integer.toString(settings.batchTasks()))),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        follower = new PolicyFollower(settings, slot, deadLetters);
        following = new Thread(follower, "policy-follower");
        following.setUncaughtExceptionHandler((thread, exception) -> fail(exception));
        following.start();
        generating.start();
    }

    /** What stopped it, if something did. */
    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    @Override
    public void awaitTermination() throws InterruptedException {
        terminated.await();
    }

    private void run() {
        try {
            LOG.info(
                    "{} waits for the first version of policy {}",
                    settings.id(),
                    settings.policy().name());
            while (running && !slot.await(settings.pollMs())) {
                LOG.debug("no policy version yet");
            }
            consumer.subscribe(List.of(settings.catalogue().name(Topic.ROLLOUT_TASKS)));
            while (running) {
                List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
                consumer.poll(Duration.ofMillis(settings.pollMs())).forEach(records::add);
                if (!records.isEmpty()) {
                    work(records);
                }
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        } catch (Exception e) {
            fail(e);
        } finally {
            consumer.close();
            prompts.close();
            slot.close();
            terminated.countDown();
        }
    }

    private void work(List<ConsumerRecord<byte[], byte[]>> records) throws InterruptedException {
        Map<SamplingOptions, List<Task>> byOptions = new LinkedHashMap<>();
        Map<ConsumerRecord<byte[], byte[]>, AcknowledgeType> outcome = new LinkedHashMap<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            accept(record, sent)
                    .ifPresentOrElse(
                            task -> {
                                byOptions
                                        .computeIfAbsent(task.options(), options -> new ArrayList<>())
                                        .add(task);
                                outcome.put(record, AcknowledgeType.ACCEPT);
                            },
                            () -> outcome.put(record, AcknowledgeType.REJECT));
        }
        for (Map.Entry<SamplingOptions, List<Task>> entry : byOptions.entrySet()) {
            for (List<Task> batch : batches(entry.getValue())) {
                generate(batch, entry.getKey(), sent);
            }
        }
        producer.flush();
        try {
            for (Future<RecordMetadata> future : sent) {
                future.get();
            }
        } catch (ExecutionException e) {
            // Unacknowledged tasks go to another worker when their lock ends.
            throw new KafkaException("publishing rollouts failed", e.getCause());
        }
        outcome.forEach(consumer::acknowledge);
        consumer.commitSync()
                .forEach((partition, error) -> error.ifPresent(exception -> LOG.warn(
                        "acknowledging tasks of {} failed; they may be generated again", partition, exception)));
    }

    /** The task that a record asks for; empty when it went to dead-letters. */
    private Optional<Task> accept(ConsumerRecord<byte[], byte[]> record, List<Future<RecordMetadata>> sent) {
        RolloutTask task;
        try {
            task = taskSerde.decode(record.value());
        } catch (UndecodableRecordException e) {
            sent.add(deadLetters.send(record, e.reason(), e.getMessage()));
            return Optional.empty();
        }
        if (prompts.get(task.getPromptId()).isEmpty()) {
            prompts.catchUp(CATCH_UP);
        }
        Optional<Prompt> prompt = prompts.get(task.getPromptId());
        if (prompt.isEmpty()) {
            sent.add(deadLetters.send(
                    record,
                    "unknown-prompt",
                    "promptId " + task.getPromptId()
                            + " is not in the prompts topic; load it with `krpo prompts load`"));
            return Optional.empty();
        }
        try {
            Tokenizer tokenizer = slot.current().policy().tokenizer();
            int[] tokens = tokenizer.encode(prompt.get().getText());
            int longest = slot.current().policy().config().maxPositions();
            Task accepted = new Task(record, task, prompt.get(), tokens);
            if (tokens.length == 0
                    || task.getGroupSize() < 1
                    || tokens.length + accepted.options().maxNewTokens() > longest) {
                throw new IllegalArgumentException("the prompt has " + tokens.length + " tokens, maxNewTokens is "
                        + accepted.options().maxNewTokens() + " and groupSize " + task.getGroupSize()
                        + "; prompt and groupSize must not be empty and all tokens fit into " + longest + " positions");
            }
            return Optional.of(accepted);
        } catch (IllegalArgumentException e) {
            sent.add(deadLetters.send(record, "task-invalid", e.getMessage()));
            return Optional.empty();
        }
    }

    /** Splits by rows, never inside a group. */
    private List<List<Task>> batches(List<Task> tasks) {
        List<List<Task>> batches = new ArrayList<>();
        int rows = Integer.MAX_VALUE / 2;
        for (Task task : tasks) {
            if (rows + task.task().getGroupSize() > settings.batchRows()) {
                batches.add(new ArrayList<>());
                rows = 0;
            }
            batches.get(batches.size() - 1).add(task);
            rows += task.task().getGroupSize();
        }
        return batches;
    }

    private void generate(List<Task> batch, SamplingOptions options, List<Future<RecordMetadata>> sent) {
        List<CompletionRequest> requests = new ArrayList<>();
        batch.forEach(task -> requests.addAll(task.requests()));
        long startedAtMs = System.currentTimeMillis();
        List<Completion> completions = sampler.generate(requests, options);
        Tokenizer tokenizer = slot.current().policy().tokenizer();
        int row = 0;
        for (Task task : batch) {
            for (int index = 0; index < task.task().getGroupSize(); index++) {
                Rollout rollout = rollout(task, index, completions.get(row++), tokenizer, startedAtMs);
                sent.add(producer.send(new ProducerRecord<>(
                        settings.catalogue().name(Topic.ROLLOUTS),
                        rollout.getPromptId().getBytes(StandardCharsets.UTF_8),
                        rolloutSerde.encode(rollout))));
            }
        }
    }

    private Rollout rollout(Task task, int index, Completion completion, Tokenizer tokenizer, long startedAtMs) {
        RolloutTask asked = task.task();
        String text = tokenizer.decode(completion.tokens());
        double score = reward.score(text, task.prompt().getAnswer());
        return new Rollout(
                asked.getTaskId() + "/" + index,
                asked.getTaskId(),
                asked.getTaskId(),
                asked.getGroupSize(),
                index,
                asked.getPromptId(),
                task.prompt().getDataset(),
                asked.getPolicyName(),
                PrimitiveArrays.of(task.promptTokens()),
                PrimitiveArrays.of(completion.tokens()),
                PrimitiveArrays.of(completion.logProbs()),
                completion.versionRuns().stream()
                        .map(run -> new TokenRun(run.version(), run.tokens()))
                        .toList(),
                text,
                score,
                Map.of(reward.name(), score),
                completion.stopped() ? FinishReason.STOP : FinishReason.LENGTH,
                asked.getSampling(),
                settings.id(),
                asked.getIssuedAtMs(),
                startedAtMs,
                System.currentTimeMillis());
    }

    private void fail(Throwable exception) {
        LOG.error("the rollout worker stops", exception);
        failure.compareAndSet(null, exception);
        running = false;
    }

    /** Finishes the batch in hand; tasks that are not acknowledged go to other workers. */
    @Override
    public void close() {
        running = false;
        if (follower == null) {
            return;
        }
        follower.close();
        try {
            following.join(CLOSE_TIMEOUT_MS);
            generating.join(CLOSE_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close();
    }
}
