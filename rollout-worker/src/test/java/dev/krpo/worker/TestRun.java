package dev.krpo.worker;

import ai.djl.Device;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** One run on a broker, seen from outside the worker: its topics, its checkpoint store, its input and its output. */
final class TestRun implements AutoCloseable {

    static final String POLICY = "default";

    /** A worker with these settings fails to publish the rollouts of {@link #promptTooLargeToPublish}. */
    static final Map<String, String> SMALL_REQUESTS = Map.of("kafka.max.request.size", "4000");

    private final Map<String, String> config = new HashMap<>();
    private final TopicCatalogue topics;
    private final Path checkpoints;
    private final KafkaProducer<String, byte[]> producer;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<Rollout> rollouts = new ArrayList<>();
    private final List<DeadLetter> deadLetters = new ArrayList<>();
    private final List<RolloutWorker> workers = new ArrayList<>();
    private long sequence;

    TestRun(EmbeddedBroker broker, String prefix, Path checkpoints, Map<String, String> settings) {
        this.checkpoints = checkpoints;
        config.put("kafka.bootstrap.servers", broker.bootstrapServers());
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "2");
        config.put("policy.checkpoints", checkpoints.toString());
        config.put("policy.device", "cpu");
        config.put("worker.pollMs", "100");
        config.putAll(settings);
        KafkaSettings kafka = new KafkaSettings(Config.of(config));
        topics = new TopicCatalogue(Config.of(config));
        try (Admin admin = BrokerConnection.await(kafka)) {
            topics.create(admin);
        }
        producer = new KafkaProducer<>(kafka.client(Map.of()), new StringSerializer(), new ByteArraySerializer());
        consumer = new KafkaConsumer<>(
                kafka.client(Map.of("isolation.level", "read_committed")),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : List.of(Topic.ROLLOUTS, Topic.DEAD_LETTERS)) {
            for (int partition = 0; partition < topics.partitions(topic); partition++) {
                partitions.add(new TopicPartition(topics.name(topic), partition));
            }
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** A small random policy; the same seed yields the same weights. */
    static Policy policy(long seed) {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        ModelConfig shape = new ModelConfig(tokenizer.vocabularySize(), 32, 48, 2, 4, 2, 96, 1e-5, 10_000, true, 0.3);
        return Policy.initialise(shape, tokenizer, seed, Device.cpu());
    }

    /** Settings of this run with overrides. */
    Map<String, String> config(Map<String, String> settings) {
        Map<String, String> merged = new HashMap<>(config);
        merged.putAll(settings);
        return merged;
    }

    RolloutWorker startWorker(Map<String, String> settings) {
        RolloutWorker worker = new RolloutWorker(Config.of(config(settings)));
        workers.add(worker);
        worker.start();
        return worker;
    }

    CheckpointRef writeCheckpoint(long version, long seed) {
        try (Policy policy = policy(seed)) {
            DirectoryCheckpointStore store = new DirectoryCheckpointStore(checkpoints);
            store.create();
            return store.write(
                    String.format("v%08d", version),
                    new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of()));
        }
    }

    void announce(long version, CheckpointRef ref) {
        send(
                Topic.POLICY_VERSIONS,
                POLICY,
                new PolicyVersion(
                        POLICY, version, ref.uri(), ref.sha256(), ref.sizeBytes(), System.currentTimeMillis()));
    }

    /** Writes and announces a version with the weights of the seed. */
    void publishVersion(long version, long seed) {
        announce(version, writeCheckpoint(version, seed));
    }

    void prompt(String promptId, String text, String answer) {
        send(Topic.PROMPTS, promptId, new Prompt(promptId, text, answer, "sums", Map.of()));
    }

    /** Its tasks are small, but each of its rollouts holds the long name of its dataset. */
    void promptTooLargeToPublish(String promptId) {
        send(Topic.PROMPTS, promptId, new Prompt(promptId, "1+1=", "2", "sums".repeat(2_000), Map.of()));
    }

    RolloutTask task(String promptId, int groupSize, SamplingParameters sampling) {
        return task(promptId, POLICY, groupSize, sampling);
    }

    RolloutTask task(String promptId, String policyName, int groupSize, SamplingParameters sampling) {
        long number = sequence++;
        RolloutTask task = new RolloutTask(
                policyName + "-" + number, number, promptId, policyName, groupSize, sampling, 0L, 1_000L + number);
        send(Topic.ROLLOUT_TASKS, promptId, task);
        return task;
    }

    static SamplingParameters sampling(double temperature, double topP, int maxNewTokens, long seed) {
        return new SamplingParameters(temperature, topP, maxNewTokens, seed);
    }

    @SuppressWarnings("unchecked")
    private <T extends SpecificRecordBase> void send(Topic topic, String key, T record) {
        sendBytes(topic, key, RecordSerde.of((Class<T>) record.getClass()).encode(record));
    }

    void sendBytes(Topic topic, String key, byte[] value) {
        try {
            producer.send(new ProducerRecord<>(topics.name(topic), key, value)).get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("writing to " + topics.name(topic), e);
        }
    }

    List<Rollout> rollouts() {
        read();
        return List.copyOf(rollouts);
    }

    List<DeadLetter> deadLetters() {
        read();
        return List.copyOf(deadLetters);
    }

    private void read() {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(50))) {
            if (record.topic().equals(topics.name(Topic.ROLLOUTS))) {
                rollouts.add(RecordSerde.of(Rollout.class).decode(record.value()));
            } else {
                deadLetters.add(RecordSerde.of(DeadLetter.class).decode(record.value()));
            }
        }
    }

    String topic(Topic topic) {
        return topics.name(topic);
    }

    String shareGroup() {
        return topics.shareGroup();
    }

    @Override
    public void close() {
        workers.forEach(RolloutWorker::close);
        producer.close();
        consumer.close();
    }
}
