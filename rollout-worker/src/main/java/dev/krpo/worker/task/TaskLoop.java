package dev.krpo.worker.task;

import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.worker.engine.RolloutEngine;
import dev.krpo.worker.environment.BrokenWorkerException;
import dev.krpo.worker.publish.RolloutPublisher;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generating thread: takes tasks, generates them in as few batches as possible, and settles each task once its
 * rollouts are on the broker. Tasks interrupted by a transient failure are released and repeated, under the same
 * rollout ids.
 */
public final class TaskLoop implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskLoop.class);
    /** A healthy worker does not fail this many distinct tasks in a row. */
    private static final int BROKEN_WORKER_TASKS = 8;

    private final Cluster cluster;
    private final WorkerSettings worker;
    private final RolloutEngine engine;
    private final RolloutPublisher publisher;
    private final WorkerProgress progress;
    private final BooleanSupplier closing;
    private final Set<Long> failedInARow = new HashSet<>();

    /** @param task null if the record does not contain one */
    private record RejectedTask(ConsumerRecord<byte[], byte[]> source, RolloutTask task, Rejection rejection) {}

    /** @param engine has a version */
    public TaskLoop(
            Cluster cluster,
            WorkerSettings worker,
            RolloutEngine engine,
            RolloutPublisher publisher,
            WorkerProgress progress,
            BooleanSupplier closing) {
        this.cluster = cluster;
        this.worker = worker;
        this.engine = engine;
        this.publisher = publisher;
        this.progress = progress;
        this.closing = closing;
    }

    @Override
    public void run() {
        while (!closing.getAsBoolean()) {
            try (TaskReader reader = new TaskReader(cluster, worker, engine);
                    TaskSource tasks = new TaskSource(cluster, worker.get(WorkerSettings.BATCH_TASKS));
                    Generator generator = new Generator(engine, worker, publisher, progress)) {
                work(reader, tasks, generator);
            } catch (RetriableException e) {
                LOG.warn("recreating the clients of worker {} after a failure", worker.id(), e);
            } catch (GenerationStopped e) {
                LOG.info("released the tasks in flight: {}", e.getMessage());
            }
        }
    }

    private void work(TaskReader reader, TaskSource tasks, Generator generator) {
        while (!closing.getAsBoolean()) {
            try {
                List<ConsumerRecord<byte[], byte[]>> records = tasks.poll(worker.poll());
                if (!records.isEmpty()) {
                    for (List<PreparedTask> batch :
                            batches(read(records, reader, tasks), worker.get(WorkerSettings.MAX_BATCH_ROWS))) {
                        generate(batch, tasks, generator);
                    }
                }
            } catch (RetriableException e) {
                LOG.warn("releasing the tasks in flight: {}", e.toString(), e);
                tasks.releaseAll();
            }
        }
    }

    /** Called between decode steps and while scores are awaited. */
    private void pulse(TaskSource tasks) {
        tasks.signOfLife();
        if (closing.getAsBoolean()) {
            throw new GenerationStopped();
        }
    }

    /** Retries a failed batch task by task, so that one bad task does not count against the good ones. */
    private void generate(List<PreparedTask> batch, TaskSource tasks, Generator generator) {
        List<PreparedTask> unsettled = new ArrayList<>(batch);
        try {
            generator.run(batch, () -> pulse(tasks), task -> {
                failedInARow.clear();
                unsettled.remove(task);
                tasks.accept(task.source());
            });
            tasks.commit();
        } catch (RetriableException | InterruptException | GenerationStopped | BrokenWorkerException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            if (batch.size() == 1) {
                settleFailed(batch.get(0), e, tasks);
            } else {
                LOG.warn("{} tasks of a batch failed; retrying them one by one", unsettled.size(), e);
                unsettled.forEach(task -> generate(List.of(task), tasks, generator));
            }
        }
    }

    /**
     * Releases a failed task for another worker. One delivery before the limit, it becomes a dead letter instead: after
     * the last delivery, the broker would silently drop it.
     */
    private void settleFailed(PreparedTask task, Throwable failure, TaskSource tasks) {
        ConsumerRecord<byte[], byte[]> source = task.source();
        int deliveries = TaskSource.deliveries(source);
        LOG.warn("task '{}' failed, delivery {}", task.task().getTaskId(), deliveries, failure);
        if (deliveries >= cluster.topics().taskDeliveries() - 1) {
            Rejection rejection = new Rejection(
                    "task-failed",
                    "task '" + task.task().getTaskId() + "' failed in " + deliveries
                            + " deliveries, most recently on worker " + worker.id() + " with " + failure
                            + "; check that worker's log, and redrive the task once the cause is fixed");
            deadLetter(List.of(new RejectedTask(source, task.task(), rejection)), tasks);
        } else {
            tasks.release(source);
            tasks.commit();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        failedInARow.add(source.offset());
        if (failedInARow.size() >= BROKEN_WORKER_TASKS) {
            throw new BrokenWorkerException(
                    failedInARow.size() + " tasks failed in a row on worker " + worker.id()
                            + ", so the fault is the worker's; stopping it; the last task failed with " + failure,
                    failure);
        }
    }

    /** Rejects tasks once the broker has their dead letters. */
    private void deadLetter(List<RejectedTask> rejected, TaskSource tasks) {
        List<Future<RecordMetadata>> letters = new ArrayList<>(rejected.size());
        for (RejectedTask one : rejected) {
            letters.add(
                    one.task() == null
                            ? publisher.reject(one.source(), one.rejection())
                            : publisher.reject(
                                    one.source(),
                                    one.rejection(),
                                    one.task().getTaskId(),
                                    Math.max(0, one.task().getGroupSize())));
        }
        publisher.await(letters);
        rejected.forEach(one -> tasks.reject(one.source()));
        tasks.commit();
    }

    /** The usable tasks; the others become dead letters and are rejected. */
    private List<PreparedTask> read(List<ConsumerRecord<byte[], byte[]>> records, TaskReader reader, TaskSource tasks) {
        reader.startBatch();
        List<PreparedTask> usable = new ArrayList<>(records.size());
        List<RejectedTask> rejected = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> source : records) {
            RolloutTask task = null;
            try {
                task = reader.decode(source);
                checkDeliveries(source);
                usable.add(reader.prepare(source, task));
            } catch (RejectedException e) {
                rejected.add(new RejectedTask(source, task, e.rejection()));
            }
        }
        if (!rejected.isEmpty()) {
            deadLetter(rejected, tasks);
        }
        return usable;
    }

    /** The final delivery only writes the dead letter: earlier workers died without reporting an error. */
    private void checkDeliveries(ConsumerRecord<byte[], byte[]> source) throws RejectedException {
        int deliveries = TaskSource.deliveries(source);
        if (deliveries >= cluster.topics().taskDeliveries()) {
            throw new RejectedException(
                    "delivery-limit",
                    "the task was delivered " + (deliveries - 1)
                            + " times, but no worker settled it: they died, hung or were stopped; redrive it once the"
                            + " cause is fixed, or raise topics.taskDeliveries ("
                            + cluster.topics().taskDeliveries() + ")");
        }
    }

    /** Batches tasks with equal options in their order of arrival, each batch with at most {@code maxRows} rows. */
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
