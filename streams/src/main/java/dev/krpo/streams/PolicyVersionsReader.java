package dev.krpo.streams;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.streams.rule.AnnouncedVersions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads announced versions from {@code policy-versions}. A worker can only have loaded a version from there, so the
 * version was committed before the rollout was produced: reading to the current end when a rollout names an unknown
 * version gives the correct decision without a race. Thread-safe.
 */
final class PolicyVersionsReader implements AnnouncedVersions, AutoCloseable {

    /** Versions only grow, so a policy's newest is near the end; the topic is kept forever. */
    private static final long WINDOW = 10_000;
    /** Limits polling: otherwise each rollout of a policy that is trained elsewhere would cost a request. */
    private static final long NANOS_BETWEEN_LOOKS_FOR_A_POLICY =
            Duration.ofSeconds(1).toNanos();

    private final Cluster cluster;
    private final String topic;
    private final RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
    private final Map<String, Long> newest = new ConcurrentHashMap<>();
    private volatile KafkaConsumer<byte[], byte[]> consumer;
    private List<TopicPartition> partitions;
    private volatile long lookAgainAt = System.nanoTime();

    PolicyVersionsReader(Cluster cluster, String topic) {
        this.cluster = cluster;
        this.topic = topic;
    }

    /** @throws org.apache.kafka.common.errors.TimeoutException if the brokers do not respond */
    @Override
    public OptionalLong newest(String policyName, long claimed) {
        if (mayHaveMissed(policyName, claimed)) {
            readOn(policyName, claimed);
        }
        Long known = newest.get(policyName);
        return known == null ? OptionalLong.empty() : OptionalLong.of(known);
    }

    private boolean mayHaveMissed(String policyName, long claimed) {
        Long known = newest.get(policyName);
        return known == null ? System.nanoTime() - lookAgainAt >= 0 : claimed > known;
    }

    private synchronized void readOn(String policyName, long claimed) {
        if (!mayHaveMissed(policyName, claimed)) {
            return;
        }
        if (consumer == null) {
            open();
        }
        Duration limit = cluster.kafka().clientTimeout();
        CommittedRecords.readTo(consumer, consumer.endOffsets(partitions, limit), limit, this::apply);
        lookAgainAt = System.nanoTime() + NANOS_BETWEEN_LOOKS_FOR_A_POLICY;
    }

    private void open() {
        KafkaConsumer<byte[], byte[]> opened = cluster.consumer();
        try {
            partitions = CommittedRecords.partitions(opened, topic);
            opened.assign(partitions);
            Map<TopicPartition, Long> beginnings = opened.beginningOffsets(partitions);
            opened.endOffsets(partitions)
                    .forEach((partition, end) ->
                            opened.seek(partition, Math.max(beginnings.get(partition), end - WINDOW)));
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
        consumer = opened;
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        ReadableRecords.decode(serde, record)
                .ifPresent(version -> newest.merge(version.getPolicyName(), version.getVersion(), Math::max));
    }

    @Override
    public void close() {
        if (consumer != null) {
            // A stream thread that is still reading would hold the consumer.
            consumer.wakeup();
            synchronized (this) {
                consumer.close();
            }
        }
    }
}
