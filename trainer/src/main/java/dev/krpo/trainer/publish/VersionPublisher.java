package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.settings.CheckpointSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Persists a version and then announces it: the checkpoint first, then one transaction with the TrainingStep, the
 * PolicyVersion and the consumed offsets. A crash in between leaves an unannounced checkpoint, and the step is
 * repeated. A failed checkpoint write is retried for {@code trainer.checkpointTimeoutMs}.
 */
public final class VersionPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(VersionPublisher.class);
    private static final long RETRY_MS = 1_000;
    private static final long REPORT_MS = 30_000;

    private final TrainerSettings settings;
    private final CheckpointStore store;
    private final CheckpointRetention retention;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Producer<byte[], byte[]> producer;
    private final RecordSerde<PolicyVersion> versionSerde = RecordSerde.of(PolicyVersion.class);
    private final RecordSerde<TrainingStep> stepSerde = RecordSerde.of(TrainingStep.class);

    /**
     * Fences any earlier trainer of the same policy: from here on, only this one can announce versions.
     *
     * @param store may contain checkpoints of earlier trainers
     */
    public VersionPublisher(TrainerSettings settings, CheckpointStore store, Producer<byte[], byte[]> producer) {
        this.settings = settings;
        this.store = store;
        this.producer = producer;
        this.retention = new CheckpointRetention(store, settings);
        producer.initTransactions();
    }

    /**
     * Deletes checkpoints that earlier trainers wrote and never announced.
     *
     * @param earlier the contents of the store before they were fenced
     */
    public void removeLeftovers(List<String> earlier, Optional<PolicyVersion> last) {
        retention.removeLeftovers(earlier, last);
    }

    /** Version 0: the base model. */
    public PolicyVersion publishBase(ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights) {
        return publish(0, config, tokenizer, weights, Map.of(), Optional.empty(), Optional.empty());
    }

    public PolicyVersion publish(
            FinishedStep finished, ModelConfig config, Tokenizer tokenizer, ConsumerGroupMetadata group) {
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
        CheckpointRef ref = write(version, new CheckpointContents(config, tokenizer, weights, optimizer));
        PolicyVersion announced = new PolicyVersion(
                settings.get(PolicySettings.NAME),
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
        } catch (ProducerFencedException | InvalidProducerEpochException e) {
            throw new IllegalStateException(
                    "another trainer of policy " + settings.get(PolicySettings.NAME)
                            + " has started, or the broker aborted a transaction that outlasted transaction.timeout.ms;"
                            + " this one was fenced and stops, version " + version
                            + " was not published. If no other trainer is running, restart this one",
                    e);
        }
        retention.apply(announced, SteadyClock.PROCESS.milliseconds());
        return announced;
    }

    private CheckpointRef write(long version, CheckpointContents contents) {
        long startMs = SteadyClock.PROCESS.milliseconds();
        long reportedMs = startMs - REPORT_MS;
        while (true) {
            try {
                return store.write(VersionName.ofNewAttempt(version), contents);
            } catch (CheckpointException e) {
                long nowMs = SteadyClock.PROCESS.milliseconds();
                long leftMs = settings.get(CheckpointSettings.TIMEOUT_MS) - (nowMs - startMs);
                if (leftMs <= 0) {
                    throw new CheckpointException(
                            e.getMessage()
                                    + ". Nothing was announced; the trainer gives up after"
                                    + " trainer.checkpointTimeoutMs ("
                                    + settings.get(CheckpointSettings.TIMEOUT_MS)
                                    + "), and resumes from the last announced version when it is restarted",
                            e);
                }
                if (nowMs - reportedMs >= REPORT_MS) {
                    LOG.warn(
                            "{}. Retrying for {} more seconds (trainer.checkpointTimeoutMs)",
                            e.getMessage(),
                            leftMs / 1000);
                    reportedMs = nowMs;
                }
                if (closing(Math.min(RETRY_MS, leftMs))) {
                    throw e;
                }
            }
        }
    }

    /** Waits for this time, or less if the trainer closes meanwhile. */
    private boolean closing(long waitMs) {
        try {
            return closing.await(waitMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Disables retries from now on. */
    public void stopRetrying() {
        closing.countDown();
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void send(Topic topic, byte[] value) {
        // commitTransaction fails if a send has failed.
        producer.send(new ProducerRecord<>(
                settings.catalogue().name(topic),
                settings.get(PolicySettings.NAME).getBytes(StandardCharsets.UTF_8),
                value));
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(TrainingStep step) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        step.getNextOffsets()
                .forEach(next -> offsets.put(
                        new TopicPartition(topic, next.getPartition()), new OffsetAndMetadata(next.getOffset())));
        return offsets;
    }

    /** @param limit after which the producer stops waiting; the next trainer aborts its transaction */
    public void close(Duration limit) {
        stopRetrying();
        producer.close(limit);
    }
}
