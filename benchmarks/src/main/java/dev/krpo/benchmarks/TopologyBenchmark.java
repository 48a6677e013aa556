package dev.krpo.benchmarks;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.settings.TopicSettings.LostRecords;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.streams.KrpoTopology;
import dev.krpo.streams.settings.StreamsSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Compares the krpo estimator with a topology that only decodes rollouts and encodes samples, on the same broker and
 * records.
 */
final class TopologyBenchmark implements Benchmark {

    private static final int ROLLOUTS = 300_000;
    private static final int PROMPTS = 2_000;
    /** The JIT compiler uses a quarter of the CPU in the first two rounds. */
    private static final int WARM_UP_ROUNDS = 2;

    private static final int ROUNDS = 5;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Override
    public String name() {
        return "topology";
    }

    @Override
    public String claim() {
        return "records/s of the krpo estimator over a pass-through topology (decode, encode), " + ROLLOUTS
                + " rollouts";
    }

    @Override
    public Measurement run(Consumer<String> progress) throws Exception {
        List<Double> krpo = new ArrayList<>();
        List<Double> passThrough = new ArrayList<>();
        try (EmbeddedBroker broker = EmbeddedBroker.startEphemeral()) {
            Config config = Config.defaults()
                    .with(KafkaSettings.BOOTSTRAP_SERVERS, broker.bootstrapServers())
                    .with(StreamsSettings.THREADS, 2)
                    // Each round's application is new and has no committed offsets yet.
                    .with(TopicSettings.ON_LOST_RECORDS, LostRecords.SKIP);
            Cluster cluster = Cluster.of(config);
            TopicCatalogue topics = cluster.topics();
            try (Admin admin = cluster.connect()) {
                topics.create(admin);
                produce(config, topics);
                for (int round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round++) {
                    double reference = rate(admin, config, topics, "pass-through-" + round, passThrough(topics));
                    double subject = rate(
                            admin,
                            config,
                            topics,
                            "krpo-" + round,
                            KrpoTopology.build(config, (policy, claimed) -> OptionalLong.empty()));
                    if (round > 0) {
                        passThrough.add(reference);
                        krpo.add(subject);
                        progress.accept(String.format(
                                "round %d: krpo %.0f, pass-through %.0f records/s", round, subject, reference));
                    }
                }
            }
        }
        return new Measurement(name(), "records/s", "krpo", krpo, "pass-through", passThrough, 0.7);
    }

    /** Records per second between the first and the last commit of an application that starts with the full backlog. */
    private static double rate(Admin admin, Config config, TopicCatalogue topics, String id, Topology topology)
            throws Exception {
        Path state = Files.createTempDirectory("krpo-bench-state");
        Config own =
                config.with(StreamsSettings.APPLICATION_ID, Optional.of(id)).with(StreamsSettings.STATE_DIR, state);
        try (KafkaStreams streams = new KafkaStreams(topology, new StreamsSettings(own).properties())) {
            streams.start();
            long firstNanos = 0;
            long first = 0;
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (System.nanoTime() < deadline) {
                long committed = committed(admin, id, topics.name(Topic.ROLLOUTS));
                if (committed > 0 && firstNanos == 0) {
                    firstNanos = System.nanoTime();
                    first = committed;
                }
                if (committed >= ROLLOUTS) {
                    return (committed - first) / ((System.nanoTime() - firstNanos) / 1e9);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            throw new IllegalStateException(id + " did not finish within " + LIMIT);
        }
    }

    private static long committed(Admin admin, String group, String topic) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> offsets = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        return offsets.entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic) && entry.getValue() != null)
                .mapToLong(entry -> entry.getValue().offset())
                .sum();
    }

    private static Topology passThrough(TopicCatalogue topics) {
        var text = Serdes.String();
        return new Topology()
                .addSource(
                        "rollouts",
                        text.deserializer(),
                        RecordSerde.of(Rollout.class).deserializer(),
                        topics.name(Topic.ROLLOUTS))
                .addProcessor("pass", PassThrough::new, "rollouts")
                .addSink(
                        "advantages",
                        topics.name(Topic.ADVANTAGES),
                        text.serializer(),
                        RecordSerde.of(AdvantageSample.class).serializer(),
                        "pass");
    }

    private static final class PassThrough extends ContextualProcessor<String, Rollout, String, AdvantageSample> {
        @Override
        public void process(Record<String, Rollout> record) {
            Rollout rollout = record.value();
            context()
                    .forward(record.withValue(new AdvantageSample(
                            rollout, rollout.getReward(), 0.0, 1.0, "none", 0, 0L, record.timestamp(), "")));
        }
    }

    private static void produce(Config config, TopicCatalogue topics) throws Exception {
        RecordSerde<Rollout> serde = RecordSerde.of(Rollout.class);
        try (KafkaProducer<String, Rollout> producer = new KafkaProducer<>(
                new KafkaSettings(config).client(Map.of("linger.ms", "20", "batch.size", "131072")),
                new StringSerializer(),
                serde.serializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>(ROLLOUTS);
            for (int i = 0; i < ROLLOUTS; i++) {
                Rollout rollout = rollout(i);
                sent.add(producer.send(
                        new ProducerRecord<>(topics.name(Topic.ROLLOUTS), rollout.getPromptId(), rollout)));
            }
            producer.flush();
            for (Future<RecordMetadata> future : sent) {
                future.get();
            }
        }
    }

    /** About 600 bytes. */
    private static Rollout rollout(int i) {
        int[] prompt = new int[40];
        int[] completion = new int[40];
        float[] logProbs = new float[40];
        for (int t = 0; t < 40; t++) {
            prompt[t] = 3 + (i + t) % 20;
            completion[t] = 3 + (i * 7 + t) % 20;
            logProbs[t] = -0.5f - (t % 5) * 0.1f;
        }
        String promptId = "prompt-" + i % PROMPTS;
        return new Rollout(
                "bench-" + i + "/0",
                "bench-" + i,
                "bench-" + i,
                1,
                0,
                promptId,
                "bench",
                "default",
                PrimitiveArrays.of(prompt),
                PrimitiveArrays.of(completion),
                PrimitiveArrays.of(logProbs),
                List.of(new TokenRun((long) i / 256, 40)),
                "0123456789".repeat(4),
                (double) (i % 3 == 0 ? 1 : 0),
                Map.of("exact-match", 0.0),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 40, (long) i),
                "worker",
                0L,
                1L,
                2L,
                List.of());
    }
}
