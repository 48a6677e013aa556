package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** I/O that persists and announces a version; tests inject faults here. */
public interface TrainerIo {

    /** The production implementation. */
    TrainerIo REAL = new TrainerIo() {};

    default CheckpointStore store(TrainerSettings settings) {
        return CheckpointStores.of(settings.config(), PolicySettings.CHECKPOINTS);
    }

    /** A producer with the transactional id of the policy's trainer; its transactions are not yet initialised. */
    default Producer<byte[], byte[]> producer(TrainerSettings settings) {
        Map<String, Object> properties = settings.kafka()
                .client(Map.of(
                        "transactional.id",
                        settings.catalogue().trainerId(settings.get(PolicySettings.NAME)),
                        "max.request.size",
                        RecordLimits.MAX_BYTES,
                        "acks",
                        "all"));
        // Outlasts a broker outage; a transaction left open by a dead trainer is aborted when the next trainer starts.
        properties.putIfAbsent("transaction.timeout.ms", settings.kafka().transactionTimeoutMs());
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }
}
