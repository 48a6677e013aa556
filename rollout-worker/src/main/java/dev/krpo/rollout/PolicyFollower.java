package dev.krpo.rollout;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.sampling.PolicySlot;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.topic.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code policy-versions} and loads the newest checkpoint off the generating thread. Versions that came while another
 * was being loaded are skipped; one that cannot be used is reported and the present weights stay.
 */
final class PolicyFollower implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PolicyFollower.class);

    private final WorkerSettings settings;
    private final PolicySlot slot;
    private final DeadLetterSender deadLetters;
    private final CheckpointStore store;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
    private volatile boolean running = true;

    PolicyFollower(WorkerSettings settings, PolicySlot slot, DeadLetterSender deadLetters) {
        this.settings = settings;
        this.slot = slot;
        this.deadLetters = deadLetters;
        this.store = new DirectoryCheckpointStore(settings.policy().checkpoints());
        this.consumer = new KafkaConsumer<>(
                settings.kafka().client(Map.of("isolation.level", "read_committed", "enable.auto.commit", "false")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    @Override
    public void run() {
        TopicPartition partition = new TopicPartition(settings.catalogue().name(Topic.POLICY_VERSIONS), 0);
        try (consumer) {
            Device device = TorchEngine.device(settings.policy().device());
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            Announcement pending = null;
            while (running) {
                Announcement newer = newest(consumer.poll(Duration.ofMillis(settings.pollMs())));
                pending = newer == null ? pending : newer;
                // At start, versions that are history already are not worth loading.
                if (pending != null && consumer.position(partition) >= end) {
                    load(pending, device);
                    pending = null;
                }
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        }
    }

    private Announcement newest(ConsumerRecords<byte[], byte[]> records) {
        Announcement newest = null;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                PolicyVersion version = serde.decode(record.value());
                if (version.getPolicyName().equals(settings.policy().name())) {
                    newest = new Announcement(record, version);
                }
            } catch (UndecodableRecordException e) {
                deadLetters.report(record, e.reason(), e.getMessage());
            }
        }
        return newest;
    }

    private void load(Announcement announcement, Device device) {
        PolicyVersion version = announcement.version();
        try {
            Policy policy = Policy.load(store.open(version.getCheckpointUri(), version.getSha256()), device);
            slot.offer(version.getVersion(), policy);
            LOG.info("loaded policy version {}", version.getVersion());
        } catch (CheckpointException e) {
            LOG.error(
                    "policy version {} cannot be used; generating goes on with the present one",
                    version.getVersion(),
                    e);
            deadLetters.report(announcement.record(), "checkpoint-unusable", e.getMessage());
        }
    }

    @Override
    public void close() {
        running = false;
        consumer.wakeup();
    }

    private record Announcement(ConsumerRecord<byte[], byte[]> record, PolicyVersion version) {}
}
