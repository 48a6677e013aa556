package dev.krpo.trainer;

import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.trainer.schedule.MonotonicClock;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Makes a version durable and then announces it: the checkpoint first, then one transaction with the TrainingStep, the
 * PolicyVersion and the consumed offsets. A crash in between leaves a checkpoint that nobody heard of, and the step is taken
 * again.
 */
final class Publisher implements AutoCloseable {

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final TrainerSettings settings;
    private final CheckpointStore store;
    private final CheckpointRetention retention;
    private final Producer<byte[], byte[]> producer;
    private final RecordSerde<PolicyVersion> versionSerde = RecordSerde.of(PolicyVersion.class);
    private final RecordSerde<TrainingStep> stepSerde = RecordSerde.of(TrainingStep.class);

    /** Fences any earlier trainer of the same policy. */
    Publisher(TrainerSettings settings, Backends backends) {
        this.settings = settings;
        this.store = backends.store(settings);
        this.retention = new CheckpointRetention(store, settings);
        this.producer = backends.producer(settings);
        producer.initTransactions();
    }

    /** Version 0: the base model. */
    PolicyVersion publishBase(ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights) {
        return publish(0, config, tokenizer, weights, Map.of(), Optional.empty(), Optional.empty());
    }

    PolicyVersion publish(FinishedStep finished, ModelConfig config, Tokenizer tokenizer, ConsumerGroupMetadata group) {
        return publish(
                finished.step().getVersionAfter(),
                config,
                tokenizer,
                finished.weights(),
                finished.optimizer(),
                Optional.of(finished.step()),
                Optional.of(group));
    }

    private PolicyVersion publish(
            long version,
            ModelConfig config,
            Tokenizer tokenizer,
            Map<String, HostTensor> weights,
            Map<String, HostTensor> optimizer,
            Optional<TrainingStep> step,
            Optional<ConsumerGroupMetadata> group) {
        CheckpointRef ref =
                store.write(VersionName.of(version), new CheckpointContents(config, tokenizer, weights, optimizer));
        PolicyVersion announced = new PolicyVersion(
                settings.policy().name(),
                version,
                ref.uri(),
                ref.sha256(),
                ref.sizeBytes(),
                System.currentTimeMillis());
        producer.beginTransaction();
        try {
            step.ifPresent(done -> send(Topic.TRAINING_STEPS, stepSerde.encode(done)));
            send(Topic.POLICY_VERSIONS, versionSerde.encode(announced));
            step.ifPresent(done -> producer.sendOffsetsToTransaction(offsets(done), group.orElseThrow()));
            producer.commitTransaction();
        } catch (org.apache.kafka.common.errors.ProducerFencedException
                | org.apache.kafka.common.errors.InvalidProducerEpochException e) {
            throw new IllegalStateException(
                    "another trainer of policy " + settings.policy().name()
                            + " has started; this one was fenced and stops, version " + version + " was not published",
                    e);
        }
        retention.apply(version, MonotonicClock.millis());
        return announced;
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void send(Topic topic, byte[] value) {
        // commitTransaction fails when a send failed.
        producer.send(new ProducerRecord<>(
                settings.catalogue().name(topic), settings.policy().name().getBytes(StandardCharsets.UTF_8), value));
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(TrainingStep step) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        step.getNextOffsets()
                .forEach(next -> offsets.put(
                        new TopicPartition(topic, next.getPartition()), new OffsetAndMetadata(next.getOffset())));
        return offsets;
    }

    @Override
    public void close() {
        // A transaction that is open still is aborted by the next start.
        producer.close(CLOSE_LIMIT);
    }
}
