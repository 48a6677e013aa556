package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** What a version is made durable with. Tests put faults around these. */
public interface TrainerIo {

    /** The real ones. */
    TrainerIo REAL = new TrainerIo() {};

    default CheckpointStore store(TrainerSettings settings) {
        return new DirectoryCheckpointStore(settings.get(PolicySettings.CHECKPOINTS));
    }

    /** With the transactional id of the policy's trainer; not yet initialised. */
    default Producer<byte[], byte[]> producer(TrainerSettings settings) {
        Map<String, Object> properties = settings.kafka()
                .client(Map.of(
                        "transactional.id",
                        settings.catalogue().trainerId(settings.get(PolicySettings.NAME)),
                        "max.request.size",
                        RecordLimits.MAX_BYTES,
                        "acks",
                        "all"));
        // It outlasts brokers that are away; one that a dead trainer left is ended by the next trainer's start.
        properties.putIfAbsent("transaction.timeout.ms", settings.kafka().transactionTimeoutMs());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
