package dev.krpo.trainer.run;

import dev.krpo.policy.Policy;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The topics of one run and the settings of its trainer, for tests that write and read them by hand. */
final class TestLog implements AutoCloseable {

    static final int BATCH = 8;

    private final Map<String, String> config = new LinkedHashMap<>();
    private final TopicCatalogue topics;
    private final Path directory;
    private final KafkaProducer<byte[], byte[]> producer;

    TestLog(String bootstrapServers, String prefix, Path directory) {
        this.directory = directory;
        config.put("kafka.bootstrap.servers", bootstrapServers);
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "2");
        config.put("policy.checkpoints", checkpoints().toString());
        try (Policy policy = TrainerFixtures.policy(1)) {
            config.put(
                    "policy.baseModel",
                    TrainerFixtures.write(directory.resolve(prefix), policy.snapshot())
                            .toString());
        }
        config.put("policy.device", "cpu");
        config.put("trainer.batchSize", Integer.toString(BATCH));
        config.put("scheduler.maxStaleness", "1000");
        topics = new TopicCatalogue(Config.of(config));
        try (Admin admin = BrokerConnection.await(kafka())) {
            topics.create(admin);
        }
        // On a busy machine an idempotent producer that lost a response may retry a batch that the broker no longer
        // recognises, until its delivery timeout of 12 minutes. These records need order and no more.
        producer = new KafkaProducer<>(
                kafka().client(Map.of("enable.idempotence", false, "max.in.flight.requests.per.connection", 1)),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    /** The trainer's settings with overrides: name, value, name, value. */
    Map<String, String> config(String... others) {
        Map<String, String> merged = new HashMap<>(config);
        for (int i = 0; i < others.length; i += 2) {
            merged.put(others[i], others[i + 1]);
        }
        return merged;
    }

    String name(Topic topic) {
        return topics.name(topic);
    }

    KafkaSettings kafka() {
        return new KafkaSettings(Config.of(config));
    }

    void announce(String policy, long version, String checkpoint) {
        send(Topic.POLICY_VERSIONS, policy, new PolicyVersion(policy, version, checkpoint, "ab12", 1L, 0L));
    }

    void task(long sequence, long version) {
        String prompt = "p" + sequence % 5;
        send(
                Topic.ROLLOUT_TASKS,
                prompt,
                new RolloutTask(
                        "default-" + sequence,
                        sequence,
                        prompt,
                        "default",
                        1,
                        new SamplingParameters(1.0, 1.0, 4, sequence),
                        version,
                        0L));
    }

    /** A step without statistics. */
    void step(long made, long nextTaskSequence) {
        send(
                Topic.TRAINING_STEPS,
                "default",
                TrainingStep.newBuilder()
                        .setPolicyName("default")
                        .setStep(made)
                        .setVersionBefore(made - 1)
                        .setVersionAfter(made)
                        .setSamples(List.of(new SampleRef(0, made)))
                        .setNextOffsets(List.of())
                        .setSamplesTrained(made)
                        .setSamplesDropped(0)
                        .setLoss(0)
                        .setPolicyLoss(0)
                        .setKl(0)
                        .setEntropy(0)
                        .setGradientNorm(0)
                        .setClipFraction(0)
                        .setImportanceRatioMean(1)
                        .setRewardMean(0)
                        .setAdvantageMean(0)
                        .setAdvantageVariance(0)
                        .setStalenessMean(0)
                        .setStalenessMax(0)
                        .setCompletionTokens(0)
                        .setPromptTokens(0)
                        .setLearningRate(0)
                        .setWaitMs(0)
                        .setLearnMs(0)
                        .setThreads(1)
                        .setFinishedAtMs(0)
                        .setNextTaskSequence(nextTaskSequence)
                        .build());
    }

    /** Samples of version 0 for this many batches. */
    void samples(int first, int batches) {
        for (int i = first; i < first + batches * BATCH; i++) {
            String prompt = "p" + i % 5;
            Rollout rollout = new Rollout(
                    "default-" + i + "/0",
                    "default-" + i,
                    "default-" + i,
                    1,
                    0,
                    prompt,
                    "d",
                    "default",
                    PrimitiveArrays.of(4, 13, 5, 17),
                    PrimitiveArrays.of(3 + i % 10, 2),
                    PrimitiveArrays.of(-2f, -0.7f),
                    List.of(new TokenRun(0L, 2)),
                    "x",
                    (double) (i % 2),
                    Map.of(),
                    FinishReason.STOP,
                    new SamplingParameters(1.0, 1.0, 4, (long) i),
                    "w",
                    0L,
                    1L,
                    2L,
                    List.of());
            send(
                    Topic.ADVANTAGES,
                    prompt,
                    new AdvantageSample(rollout, i % 2 == 0 ? 1.0 : -1.0, 0.5, 0.25, "krpo", 0, 0L, 0L, ""));
        }
        flush();
    }

    @SuppressWarnings({"unchecked", "FutureReturnValueIgnored"})
    <V extends SpecificRecordBase> void send(Topic topic, String key, V value) {
        producer.send(new ProducerRecord<>(
                topics.name(topic),
                key.getBytes(StandardCharsets.UTF_8),
                RecordSerde.of((Class<V>) value.getClass()).encode(value)));
    }

    void flush() {
        producer.flush();
    }

    <V extends SpecificRecordBase> List<V> read(Topic topic, Class<V> type) {
        RecordSerde<V> serde = RecordSerde.of(type);
        List<V> values = new ArrayList<>();
        CommittedRecords.read(
                kafka(),
                topics.name(topic),
                Duration.ofSeconds(30),
                record -> values.add(serde.decode(record.value())));
        return values;
    }

    /** Deletes all records, as retention would. */
    void deleteAll(Topic topic) throws InterruptedException, ExecutionException {
        try (Admin admin = Admin.create(kafka().client(Map.of()))) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            TopicOffsets.of(admin, topics.name(topic), OffsetSpec.latest())
                    .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end)));
            admin.deleteRecords(all).all().get();
        }
    }

    /** Trains until this many steps have been taken in total. */
    void train(int steps) throws InterruptedException {
        try (Trainer trainer = new Trainer(Config.of(config("trainer.maxSteps", Integer.toString(steps))))) {
            trainer.start();
            trainer.awaitTermination();
            trainer.failure().ifPresent(failure -> {
                throw new AssertionError(failure);
            });
        }
    }

    @Override
    public void close() {
        producer.close();
    }
}
