package dev.krpo.worker.task;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupMaxSizeReachedException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's side of the share group (KIP-932): tasks are locked for this worker when it takes them, and each one is
 * settled: accepted, rejected, or released for another worker. Locks are renewed before they expire (KIP-1222), so the
 * work on a task may last longer than {@code topics.taskLockMs}. Every delivery counts, including those of released
 * tasks: the broker drops a task after {@code topics.taskDeliveries} deliveries.
 *
 * <p>A share consumer is single-threaded, and the thread that works on the tasks is busy for longer than a lock lasts.
 * So the consumer has its own thread, which renews the locks periodically while that work gives signs of life, and
 * executes the methods of this class.
 *
 * <p>Kafka assigns a partition to several workers only where workers outnumber partitions; where they do not, a slow or
 * hung worker keeps the tasks of its partitions waiting. So the task topic should have few partitions, ideally one.
 */
public final class TaskSource implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskSource.class);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(5);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final long LOCK_CHECK_MS = 100;
    private static final int DEFAULT_LOCK_MS = 30_000;
    private static final int MAX_SILENCE_MS = 60_000;
    /** Work on tasks never goes without a sign of life for this long. */
    private static final Duration HANG_LIMIT = Duration.ofMinutes(5);

    /** Consumer properties that a share consumer rejects; under {@code kafka.} they are meant for the other clients. */
    private static final Set<String> OTHER_CONSUMERS = Set.of(
            "auto.offset.reset",
            "enable.auto.commit",
            "group.instance.id",
            "isolation.level",
            "partition.assignment.strategy",
            "interceptor.classes",
            "session.timeout.ms",
            "heartbeat.interval.ms",
            "group.protocol",
            "group.remote.assignor");

    private final String group;
    private final KafkaShareConsumer<byte[], byte[]> consumer;
    private final ScheduledExecutorService owner =
            Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "krpo-worker-locks"));
    private final Duration hangLimit;
    private final Future<?> lockKeeping;
    private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
    /** This and the next two fields belong to the owner. */
    private final Map<Place, ConsumerRecord<byte[], byte[]>> held = new LinkedHashMap<>();

    private long lockedAt;
    private boolean hanging;
    private volatile long signedAt = System.nanoTime();

    private record Place(int partition, long offset) {
        static Place of(ConsumerRecord<?, ?> task) {
            return new Place(task.partition(), task.offset());
        }
    }

    public TaskSource(Cluster cluster, int batchTasks) {
        this(cluster, batchTasks, HANG_LIMIT);
    }

    /** @param hangLimit locks are no longer renewed after this long without {@link #signOfLife} */
    public TaskSource(Cluster cluster, int batchTasks, Duration hangLimit) {
        this.hangLimit = hangLimit;
        group = cluster.topics().shareGroup();
        Map<String, Object> properties = cluster.kafka()
                .client(Map.of(
                        "group.id",
                        group,
                        "share.acknowledgement.mode",
                        "explicit",
                        // Otherwise whole producer batches are acquired and more are prefetched, which idle workers
                        // could take.
                        "share.acquire.mode",
                        "record_limit",
                        "max.poll.records",
                        batchTasks));
        properties.keySet().removeAll(OTHER_CONSUMERS);
        consumer = new KafkaShareConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.setAcknowledgementCommitCallback(TaskSource::logIfLost);
        consumer.subscribe(List.of(cluster.name(Topic.ROLLOUT_TASKS)));
        lockKeeping =
                owner.scheduleWithFixedDelay(this::keepLocks, LOCK_CHECK_MS, LOCK_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /**
     * Takes tasks, waiting up to this long for the first; previously taken ones must be settled.
     *
     * @throws KafkaException if the share group is full, naming the remedy
     */
    public List<ConsumerRecord<byte[], byte[]>> poll(Duration wait) {
        return byOwner(() -> {
            try {
                consumer.poll(wait).forEach(task -> held.put(Place.of(task), task));
            } catch (GroupMaxSizeReachedException e) {
                throw new KafkaException(
                        "share group " + group
                                + " is full: the brokers allow it group.share.max.size members (200 unless"
                                + " set), and each worker is one; raise that setting of the brokers, or run"
                                + " fewer workers",
                        e);
            }
            lockedAt = System.nanoTime();
            return new ArrayList<>(held.values());
        });
    }

    /** The task's rollouts are on the broker. */
    public void accept(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.ACCEPT);
    }

    /** The task is a dead letter. */
    void reject(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.REJECT);
    }

    /** Returns the task to the share group (possibly to this worker). */
    void release(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.RELEASE);
    }

    /** Number of deliveries of the task, including this one. */
    static int deliveries(ConsumerRecord<byte[], byte[]> task) {
        return task.deliveryCount().orElse((short) 1);
    }

    /** Returns every unsettled task to the share group. */
    void releaseAll() {
        byOwner(() -> {
            releaseHeld();
            return null;
        });
    }

    private void settle(ConsumerRecord<byte[], byte[]> task, AcknowledgeType type) {
        byOwner(() -> {
            acknowledge(task, type);
            return null;
        });
    }

    /** Sends the acknowledgements to the broker without waiting for its response; {@link #poll} does so, too. */
    public void commit() {
        byOwner(() -> {
            consumer.commitAsync();
            return null;
        });
    }

    /** To be called periodically during work on tasks: those of a hung worker go to another one. */
    void signOfLife() {
        signedAt = System.nanoTime();
    }

    /** @throws RuntimeException of the work, or of an earlier failure that made renewing the locks impossible */
    private <T> T byOwner(Callable<T> work) {
        signOfLife();
        RuntimeException before = failure.get();
        if (before != null) {
            throw before;
        }
        return hand(work);
    }

    private <T> T hand(Callable<T> work) {
        try {
            return owner.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void acknowledge(ConsumerRecord<byte[], byte[]> task, AcknowledgeType type) {
        // A task whose lock could not be renewed now belongs to another worker.
        if (held.remove(Place.of(task)) != null) {
            consumer.acknowledge(task, type);
        }
    }

    private void releaseHeld() {
        List.copyOf(held.values()).forEach(task -> acknowledge(task, AcknowledgeType.RELEASE));
    }

    private void keepLocks() {
        try {
            renewIfDue();
        } catch (RetriableException e) {
            LOG.warn("locks of tasks could not be renewed; lost tasks are repeated, with the same rollout ids", e);
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        } catch (Error e) {
            // The executor would drop it together with all further renewals.
            failure.compareAndSet(null, new KafkaException("the locks of tasks can no longer be renewed", e));
        }
    }

    /**
     * Renews the locks of the unsettled tasks after a third of their duration, or when {@code max.poll.interval.ms}
     * approaches.
     */
    private void renewIfDue() {
        long dueMs = Math.min(consumer.acquisitionLockTimeoutMs().orElse(DEFAULT_LOCK_MS) / 3, MAX_SILENCE_MS);
        if (held.isEmpty() || System.nanoTime() - lockedAt < dueMs * 1_000_000) {
            return;
        }
        if (System.nanoTime() - signedAt > hangLimit.toNanos()) {
            if (!hanging) {
                LOG.error(
                        "the work on {} tasks has given no sign of life for {} s, so their locks are no longer renewed"
                                + " and other workers may"
                                + " repeat them",
                        held.size(),
                        hangLimit.toSeconds());
            }
            hanging = true;
            return;
        }
        hanging = false;
        Map<Place, ConsumerRecord<byte[], byte[]>> renewing = new LinkedHashMap<>(held);
        renewing.values().forEach(task -> consumer.acknowledge(task, AcknowledgeType.RENEW));
        held.clear();
        lockedAt = System.nanoTime();
        consumer.commitSync(COMMIT_LIMIT);
        // A poll redelivers the renewed tasks. If none could be renewed, it may fetch new ones, which we are not
        // ready for.
        for (ConsumerRecord<byte[], byte[]> task : consumer.poll(Duration.ZERO)) {
            if (renewing.containsKey(Place.of(task))) {
                held.put(Place.of(task), task);
            } else {
                consumer.acknowledge(task, AcknowledgeType.RELEASE);
            }
        }
        LOG.info("renewed the locks of {} tasks of {}", held.size(), renewing.size());
    }

    private static void logIfLost(Map<TopicIdPartition, Set<Long>> offsets, Exception exception) {
        if (exception != null) {
            offsets.forEach((partition, lost) -> {
                TopicPartition where = partition.topicPartition();
                LOG.warn(
                        "{} tasks of {} may be repeated, with the same rollout ids: {}",
                        lost.size(),
                        where,
                        exception.getMessage());
            });
        }
    }

    /** Sends the acknowledgements and releases the remaining tasks. */
    @Override
    public void close() {
        lockKeeping.cancel(false);
        try {
            hand(() -> {
                releaseHeld();
                consumer.close(CLOSE_LIMIT);
                return null;
            });
        } finally {
            owner.shutdownNow();
        }
    }
}
