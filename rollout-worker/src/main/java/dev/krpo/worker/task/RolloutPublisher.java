package dev.krpo.worker.task;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
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

/** Writes rollouts and dead letters, each acknowledged by all in-sync replicas. Safe for use by several threads. */
public final class RolloutPublisher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RolloutPublisher.class);
    private static final String COMPONENT = "rollout-worker";
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final KafkaProducer<byte[], byte[]> producer;
    private final RecordSerde<Rollout> rollouts = RecordSerde.of(Rollout.class);
    private final RecordSerde<DeadLetter> deadLetters = RecordSerde.of(DeadLetter.class);
    private final String rolloutTopic;
    private final String deadLetterTopic;

    public RolloutPublisher(KafkaSettings kafka, TopicCatalogue topics) {
        Map<String, Object> properties = kafka.client(Map.of("acks", "all", "enable.idempotence", true));
        properties.putIfAbsent("max.request.size", RecordLimits.MAX_BYTES);
        producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        rolloutTopic = topics.name(Topic.ROLLOUTS);
        deadLetterTopic = topics.name(Topic.DEAD_LETTERS);
    }

    public Future<RecordMetadata> publish(Rollout rollout) {
        byte[] key = rollout.getPromptId().getBytes(StandardCharsets.UTF_8);
        byte[] value = rollouts.encode(rollout);
        if (key.length + value.length > RecordLimits.MAX_ROLLOUT_BYTES) {
            throw new RecordTooLargeException("rollout '" + rollout.getRolloutId() + "' has "
                    + (key.length + value.length) + " bytes, more than the " + RecordLimits.MAX_ROLLOUT_BYTES
                    + " that a rollout may have; lower scheduler.maxNewTokens");
        }
        return producer.send(new ProducerRecord<>(rolloutTopic, key, value));
    }

    /** Refuses a record that no task waits for. */
    public Future<RecordMetadata> refuse(ConsumerRecord<byte[], byte[]> source, Refusal refusal) {
        return refuse(source, refusal, "", 0);
    }

    /**
     * Refuses a record without which samples of a task will never come.
     *
     * @param samples how many, >= 0: the scheduler stops waiting for them
     */
    public Future<RecordMetadata> refuse(
            ConsumerRecord<byte[], byte[]> source, Refusal refusal, String taskId, int samples) {
        String reason = refusal.reason();
        String detail = refusal.getMessage();
        LOG.warn("refused {}-{}@{}: {}: {}", source.topic(), source.partition(), source.offset(), reason, detail);
        DeadLetter letter = DeadLetters.letter(source, reason, detail, COMPONENT, taskId, samples);
        return producer.send(DeadLetters.record(deadLetterTopic, letter, deadLetters));
    }

    /**
     * Returns when the broker has every one of these records.
     *
     * @throws KafkaException why one of them could not be written; retriable if a later try may succeed
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

    /** What is not written soon is given up: its tasks were not acknowledged, so others do them again. */
    @Override
    public void close() {
        producer.close(CLOSE_LIMIT);
    }
}
