package dev.krpo.worker.publish;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes rollouts and dead letters, each acknowledged by all in-sync replicas. Thread-safe. */
public final class RolloutPublisher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RolloutPublisher.class);
    private static final String COMPONENT = "rollout-worker";
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordSerde<Rollout> rollouts = RecordSerde.of(Rollout.class);
    private final RecordSerde<DeadLetter> deadLetters = RecordSerde.of(DeadLetter.class);
    private final String rolloutTopic;
    private final String deadLetterTopic;

    public RolloutPublisher(Cluster cluster) {
        Map<String, Object> properties = cluster.kafka().client(Map.of("acks", "all", "enable.idempotence", true));
        properties.putIfAbsent("max.request.size", RecordLimits.MAX_BYTES);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        rolloutTopic = cluster.name(Topic.ROLLOUTS);
        deadLetterTopic = cluster.name(Topic.DEAD_LETTERS);
    }

    public Future<RecordMetadata> publish(Rollout rollout) {
        byte[] key = rollout.getPromptId().getBytes(StandardCharsets.UTF_8);
        byte[] value = rollouts.encode(rollout);
        if (key.length + value.length > RecordLimits.MAX_ROLLOUT_BYTES) {
            throw new RecordTooLargeException("rollout '" + rollout.getRolloutId() + "' has "
                    + (key.length + value.length) + " bytes, more than the " + RecordLimits.MAX_ROLLOUT_BYTES
                    + " allowed for a rollout; lower scheduler.maxNewTokens");
        }
        return producer.send(new ProducerRecord<>(rolloutTopic, key, value));
    }

    /** Writes a dead letter for a record that no task waits for. */
    public Future<RecordMetadata> reject(ConsumerRecord<byte[], byte[]> source, Rejection rejection) {
        return reject(source, rejection, "", 0);
    }

    /**
     * Writes a dead letter for a record whose rejection means that samples of a task will never arrive.
     *
     * @param samples number of those samples, >= 0; the scheduler stops waiting for them
     */
    public Future<RecordMetadata> reject(
            ConsumerRecord<byte[], byte[]> source, Rejection rejection, String taskId, int samples) {
        String reason = rejection.reason();
        String detail = rejection.detail();
        LOG.warn("rejected {}-{}@{}: {}: {}", source.topic(), source.partition(), source.offset(), reason, detail);
        DeadLetter letter = DeadLetters.letter(source, reason, detail, COMPONENT, taskId, samples);
        return producer.send(DeadLetters.record(deadLetterTopic, letter, deadLetters));
    }

    /**
     * Returns once the broker has acknowledged all of these records.
     *
     * @throws KafkaException if one of them could not be written, with the cause; retriable if a retry may succeed
     */
    public void await(List<Future<RecordMetadata>> sent) {
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
    }

    /**
     * Records that are not written promptly are abandoned: their tasks were not acknowledged, so other workers repeat
     * them.
     */
    @Override
    public void close() {
        producer.close(CLOSE_LIMIT);
    }
}
