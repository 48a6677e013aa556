package dev.krpo.rollout;

import dev.krpo.policy.sampling.PolicySlot;
import dev.krpo.policy.sampling.SamplingOptions;
import dev.krpo.policy.sampling.VersionedPolicy;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generating thread: takes tasks, generates them in as few batches as possible, and settles each task once its rollouts
 * are on the broker. What a passing failure interrupts is released and done again, under the same rollout ids.
 */
final class TaskLoop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskLoop.class);

    private final KafkaSettings kafka;
    private final TopicCatalogue topics;
    private final String policyName;
    private final WorkerSettings worker;
    private final PolicySlot slot;
    private final Publisher publisher;
    private final WorkerProgress progress;
    private final BooleanSupplier closing;

    TaskLoop(
            KafkaSettings kafka,
            TopicCatalogue topics,
            String policyName,
            WorkerSettings worker,
            PolicySlot slot,
            Publisher publisher,
            WorkerProgress progress,
            BooleanSupplier closing) {
        this.kafka = kafka;
        this.topics = topics;
        this.policyName = policyName;
        this.worker = worker;
        this.slot = slot;
        this.publisher = publisher;
        this.progress = progress;
        this.closing = closing;
    }

    @Override
    public void run() {
        if (!awaitPolicy()) {
            return;
        }
        try (TaskReader reader = new TaskReader(kafka, topics, policyName, worker.maxBatchRows());
                TaskSource tasks = new TaskSource(kafka, topics, worker.batchTasks())) {
            Generator generator =
                    new Generator(() -> betweenSteps(tasks), worker.reward(), publisher, worker.id(), progress);
            while (!closing.getAsBoolean()) {
                try {
                    work(reader, tasks, generator);
                } catch (RetriableException e) {
                    LOG.warn("the tasks in hand are released: {}", e.toString(), e);
                    tasks.releaseAll();
                }
            }
        } catch (GenerationStopped e) {
            LOG.info("tasks in hand were released: {}", e.getMessage());
        }
    }

    /** Whether there is a policy to generate with; takes no tasks before, so that workers that have one get them. */
    private boolean awaitPolicy() {
        LOG.info(
                "worker {} waits for the first version of policy '{}' in {}; the trainer writes it when it starts",
                worker.id(),
                policyName,
                topics.name(Topic.POLICY_VERSIONS));
        try {
            while (!closing.getAsBoolean()) {
                if (slot.await(worker.poll().toMillis())) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private VersionedPolicy betweenSteps(TaskSource tasks) {
        if (closing.getAsBoolean()) {
            throw new GenerationStopped();
        }
        tasks.renewIfDue();
        return slot.current();
    }

    private void work(TaskReader reader, TaskSource tasks, Generator generator) {
        List<ConsumerRecord<byte[], byte[]>> records = tasks.poll(worker.poll());
        if (records.isEmpty()) {
            return;
        }
        for (List<PreparedTask> batch : batches(read(records, reader, tasks), worker.maxBatchRows())) {
            generator.run(batch);
            batch.forEach(task -> tasks.accept(task.source()));
            tasks.commit();
        }
    }

    /** The usable tasks; the others become dead letters and are rejected. */
    private List<PreparedTask> read(List<ConsumerRecord<byte[], byte[]>> records, TaskReader reader, TaskSource tasks) {
        reader.startBatch();
        List<PreparedTask> usable = new ArrayList<>(records.size());
        Map<ConsumerRecord<byte[], byte[]>, Future<RecordMetadata>> refused = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> source : records) {
            try {
                usable.add(reader.read(source, slot.current().policy()));
            } catch (Refusal refusal) {
                refused.put(source, publisher.refuse(source, refusal));
            }
        }
        if (!refused.isEmpty()) {
            publisher.await(List.copyOf(refused.values()));
            refused.keySet().forEach(tasks::reject);
            tasks.commit();
        }
        return usable;
    }

    /** Tasks with equal options side by side, in the order they came, each batch of at most {@code maxRows} rows. */
    static List<List<PreparedTask>> batches(List<PreparedTask> tasks, int maxRows) {
        Map<SamplingOptions, List<PreparedTask>> byOptions = new LinkedHashMap<>();
        tasks.forEach(task -> byOptions
                .computeIfAbsent(task.options(), options -> new ArrayList<>())
                .add(task));
        List<List<PreparedTask>> batches = new ArrayList<>();
        for (List<PreparedTask> alike : byOptions.values()) {
            int rows = Integer.MAX_VALUE;
            for (PreparedTask task : alike) {
                if (rows > maxRows - task.task().getGroupSize()) {
                    batches.add(new ArrayList<>());
                    rows = 0;
                }
                batches.get(batches.size() - 1).add(task);
                rows += task.task().getGroupSize();
            }
        }
        return batches;
    }
}
