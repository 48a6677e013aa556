package dev.krpo.streams;

import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.State;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;

/** A run on a real broker: its topics, a producer of rollouts and read_committed readers. */
final class Run {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Map<String, String> config;
    private final KafkaSettings kafka;
    private final TopicCatalogue topics;

    Run(String bootstrapServers, String prefix, Path stateDir, Map<String, String> more) {
        config = new HashMap<>(more);
        config.put("kafka.bootstrap.servers", bootstrapServers);
        config.put("topics.prefix", prefix);
        config.put("topics.partitions", "2");
        config.put("streams.stateDir", stateDir.toString());
        kafka = new KafkaSettings(Config.of(config));
        topics = new TopicCatalogue(Config.of(config));
    }

    Run createTopics() {
        try (Admin admin = admin()) {
            topics.create(admin);
        }
        return this;
    }

    Admin admin() {
        return Admin.create(kafka.client(Map.of()));
    }

    String topic(Topic topic) {
        return topics.name(topic);
    }

    StreamsApp startApp() {
        StreamsApp app = new StreamsApp(Config.of(config));
        app.start();
        Awaitility.await().atMost(PATIENCE).until(app::isRunning);
        return app;
    }

    void produce(List<Rollout> rollouts) {
        send(Topic.ROLLOUTS, Rollout.class, Rollout::getPromptId, rollouts);
    }

    /** Announces a version as the trainer does once a checkpoint is durable. */
    void announce(String policyName, long version) {
        PolicyVersion announced = new PolicyVersion(policyName, version, "v" + version, "00", 1L, 0L);
        send(Topic.POLICY_VERSIONS, PolicyVersion.class, PolicyVersion::getPolicyName, List.of(announced));
    }

    private <T extends SpecificRecordBase> void send(
            Topic topic, Class<T> type, Function<T, String> key, List<T> records) {
        try (KafkaProducer<String, T> producer = new KafkaProducer<>(
                kafka.client(Map.of()),
                new StringSerializer(),
                RecordSerde.of(type).serializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (T record : records) {
                sent.add(producer.send(new ProducerRecord<>(topic(topic), key.apply(record), record)));
            }
            for (Future<RecordMetadata> acknowledgement : sent) {
                acknowledgement.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("producing to " + topic, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("producing to " + topic, e);
        }
    }

    /** Waits for {@code count} committed records of a topic; returns them by partition and offset. */
    <T extends SpecificRecordBase> List<ConsumerRecord<String, T>> read(Topic topic, Class<T> type, int count) {
        List<ConsumerRecord<String, T>> records = new ArrayList<>();
        try (KafkaConsumer<String, T> consumer = new KafkaConsumer<>(
                kafka.client(Map.of("isolation.level", "read_committed")),
                new StringDeserializer(),
                RecordSerde.of(type).deserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic(topic)).stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Awaitility.await()
                    .alias(count + " records of " + topic)
                    .atMost(PATIENCE)
                    .until(() -> {
                        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                        return records.size() >= count;
                    });
            consumer.poll(Duration.ofMillis(300)).forEach(records::add);
        }
        records.sort((one, other) -> one.partition() != other.partition()
                ? Integer.compare(one.partition(), other.partition())
                : Long.compare(one.offset(), other.offset()));
        return records;
    }

    /** All committed records of a topic, partition by partition in the order of offsets. */
    <T extends SpecificRecordBase> List<T> all(Topic topic, Class<T> type) {
        RecordSerde<T> serde = RecordSerde.of(type);
        Map<Integer, List<T>> byPartition = new TreeMap<>();
        CommittedRecords.read(kafka, topic(topic), PATIENCE, record -> byPartition
                .computeIfAbsent(record.partition(), partition -> new ArrayList<>())
                .add(serde.decode(record.value())));
        return byPartition.values().stream().flatMap(List::stream).toList();
    }

    List<AdvantageSample> advantages(int count) {
        return read(Topic.ADVANTAGES, AdvantageSample.class, count).stream()
                .map(ConsumerRecord::value)
                .toList();
    }

    /** The uninterrupted result of krpo on the rollouts topic, computed with the estimator alone. */
    List<Double> uninterrupted(int count) {
        Estimator estimator = Estimators.of(Config.of(config));
        Map<String, Belief> filters = new HashMap<>();
        Map<String, Long> seen = new HashMap<>();
        List<Double> advantages = new ArrayList<>();
        for (ConsumerRecord<String, Rollout> record : read(Topic.ROLLOUTS, Rollout.class, count)) {
            Rollout rollout = record.value();
            if (seen.putIfAbsent(rollout.getRolloutId(), record.offset()) != null) {
                continue;
            }
            String prompt = "prompt " + rollout.getPromptId();
            String dataset = "dataset " + record.partition();
            Estimate estimate = estimator.estimate(
                    new State(filters.get(prompt), filters.get(dataset)),
                    List.of(Rollouts.observation(
                            rollout.getReward(), rollout.getVersionRuns().get(0).getPolicyVersion())));
            filters.put(prompt, estimate.state().prompt());
            filters.put(dataset, estimate.state().dataset());
            advantages.add(estimate.advantages().get(0).advantage());
        }
        return advantages;
    }
}
