package dev.krpo.rollout;

import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker's end of the share group (KIP-932): tasks are locked for this worker when it takes them, and every one is
 * settled: accepted, rejected, or released for another worker. A lock that grows old is renewed (KIP-1222), so a generation
 * may last longer than {@code topics.taskLockMs}. Every delivery counts, also of a released task: the broker gives a task up
 * after {@code topics.taskDeliveries} of them.
 *
 * <p>Kafka assigns a partition to several workers only where workers outnumber partitions; where they do not, a slow or
 * hung worker keeps the tasks of its partitions waiting. So the tasks want few partitions, best one. For one thread.
 */
final class TaskSource implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskSource.class);
    private static final Duration COMMIT_LIMIT = Duration.ofSeconds(5);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final int DEFAULT_LOCK_MS = 30_000;
    private static final int LONGEST_SILENCE_MS = 60_000;

    /** Consumer properties that a share consumer refuses; under {@code kafka.} they are meant for the other clients. */
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

    private final KafkaShareConsumer<byte[], byte[]> consumer;
    private final Map<Place, ConsumerRecord<byte[], byte[]>> held = new LinkedHashMap<>();
    private long lockedAt;

    private record Place(int partition, long offset) {
        static Place of(ConsumerRecord<?, ?> task) {
            return new Place(task.partition(), task.offset());
        }
    }

    TaskSource(KafkaSettings kafka, TopicCatalogue topics, int batchTasks) {
        Map<String, Object> properties = kafka.client(Map.of(
                "group.id",
                topics.shareGroup(),
                "share.acknowledgement.mode",
                "explicit",
                // Otherwise whole producer batches are taken and more is fetched ahead: tasks that idle workers want.
                "share.acquire.mode",
                "record_limit",
                "max.poll.records",
                batchTasks));
        properties.keySet().removeAll(OTHER_CONSUMERS);
        consumer = new KafkaShareConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.setAcknowledgementCommitCallback(TaskSource::logIfLost);
        consumer.subscribe(List.of(topics.name(Topic.ROLLOUT_TASKS)));
    }

    /** Takes tasks, waiting so long for the first; those taken before must be settled. */
    List<ConsumerRecord<byte[], byte[]>> poll(Duration wait) {
        consumer.poll(wait).forEach(task -> held.put(Place.of(task), task));
        lockedAt = System.nanoTime();
        return new ArrayList<>(held.values());
    }

    /** The task's rollouts are on the broker. */
    void accept(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.ACCEPT);
    }

    /** The task is a dead letter. */
    void reject(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.REJECT);
    }

    /** The task goes to whoever asks next, be it this worker. */
    void release(ConsumerRecord<byte[], byte[]> task) {
        settle(task, AcknowledgeType.RELEASE);
    }

    /** How often the task was handed out, this time included. */
    static int deliveries(ConsumerRecord<byte[], byte[]> task) {
        return task.deliveryCount().orElse((short) 1);
    }

    /** Gives every task that is not settled to whoever asks next. */
    void releaseAll() {
        List.copyOf(held.values()).forEach(task -> settle(task, AcknowledgeType.RELEASE));
    }

    private void settle(ConsumerRecord<byte[], byte[]> task, AcknowledgeType type) {
        // A task whose lock could not be renewed is somebody else's by now.
        if (held.remove(Place.of(task)) != null) {
            consumer.acknowledge(task, type);
        }
    }

    /** Tells the broker what was settled, without waiting for its answer; {@link #poll} does so, too. */
    void commit() {
        consumer.commitAsync();
    }

    /** Locks the unsettled tasks anew when half the time of their lock is over, or {@code max.poll.interval.ms} nears. */
    void renewIfDue() {
        long dueMs = Math.min(consumer.acquisitionLockTimeoutMs().orElse(DEFAULT_LOCK_MS) / 2, LONGEST_SILENCE_MS);
        if (held.isEmpty() || System.nanoTime() - lockedAt < dueMs * 1_000_000) {
            return;
        }
        Map<Place, ConsumerRecord<byte[], byte[]>> renewing = new LinkedHashMap<>(held);
        renewing.values().forEach(task -> consumer.acknowledge(task, AcknowledgeType.RENEW));
        held.clear();
        lockedAt = System.nanoTime();
        consumer.commitSync(COMMIT_LIMIT);
        // A poll hands out the renewed tasks again. If none could be renewed it may take new ones, whose turn it is
        // not.
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
                        "{} tasks of {} may be done again, with the same rollout ids: {}",
                        lost.size(),
                        where,
                        exception.getMessage());
            });
        }
    }

    /** Sends what was settled and gives back the rest. */
    @Override
    public void close() {
        releaseAll();
        consumer.close(CLOSE_LIMIT);
    }
}
