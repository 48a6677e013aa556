package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.InvalidSettingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The policy that owns the topics of a prefix: the one whose version was announced first. Workers take any task of
 * their prefix, so two policies on one prefix would dead-letter each other's tasks.
 */
public final class PrefixOwner {

    private static final Logger LOG = LoggerFactory.getLogger(PrefixOwner.class);
    private static final Duration POLL = Duration.ofMillis(100);
    /**
     * More records than a faulty or hostile producer would leave at the very beginning of a topic that trainers write.
     */
    private static final long LOOK_AT = 1_000;

    private PrefixOwner() {}

    /**
     * @param policyName of the starting role
     * @throws InvalidSettingException if the prefix belongs to another policy, with the remedy
     */
    public static void check(Cluster cluster, String policyName) {
        find(cluster).ifPresent(owner -> {
            if (!owner.equals(policyName)) {
                throw new InvalidSettingException(PolicySettings.NAME + " is '" + policyName + "'; "
                        + cluster.name(Topic.POLICY_VERSIONS) + " belongs to policy '" + owner
                        + "', and a prefix serves one policy only; set another " + TopicSettings.PREFIX
                        + " (and run `krpo topics create`), or " + PolicySettings.NAME + " to " + owner);
            }
        });
    }

    /** Empty until a version has been announced. */
    private static Optional<String> find(Cluster cluster) {
        TopicPartition versions = new TopicPartition(cluster.name(Topic.POLICY_VERSIONS), 0);
        Duration limit = cluster.kafka().clientTimeout();
        RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
        try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(Map.of("max.poll.records", "10"))) {
            consumer.assign(List.of(versions));
            long start = consumer.beginningOffsets(List.of(versions), limit).get(versions);
            long end = Math.min(
                    start + LOOK_AT,
                    consumer.endOffsets(List.of(versions), limit).get(versions));
            consumer.seek(versions, start);
            long deadline = System.nanoTime() + limit.toNanos();
            while (consumer.position(versions) < end) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(
                            "the beginning of " + versions.topic() + " could not be read within " + limit);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    try {
                        return Optional.of(serde.decode(record.value()).getPolicyName());
                    } catch (UndecodableRecordException e) {
                        LOG.debug("{}@{} names no policy", record.topic(), record.offset(), e);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
