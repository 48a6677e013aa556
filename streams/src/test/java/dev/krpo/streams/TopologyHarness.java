package dev.krpo.streams;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.streams.settings.StreamsSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;

/** The topology without a broker, with its topics typed. Records get the timestamps START, START + 1, ... */
public final class TopologyHarness implements AutoCloseable {

    public static final long START = 1_700_000_000_000L;

    private static final RecordSerde<Rollout> ROLLOUTS = RecordSerde.of(Rollout.class);

    final TopologyTestDriver driver;
    /** Newest versions by policy; the topology sees them as just announced. */
    public final Map<String, Long> announced = new HashMap<>();

    private final TestInputTopic<byte[], byte[]> rollouts;
    private final TestOutputTopic<String, AdvantageSample> advantages;
    private final TestOutputTopic<String, KalmanState> baselines;
    private final TestOutputTopic<byte[], DeadLetter> deadLetters;

    /** @param more settings as alternating names and values */
    public TopologyHarness(Path stateDir, String estimator, String... more) {
        this(stateDir, settings(estimator, more));
    }

    private static Map<String, String> settings(String estimator, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("estimator.name", estimator));
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }

    public TopologyHarness(Path stateDir, Map<String, String> settings) {
        Map<String, String> config = new HashMap<>(settings);
        config.put("streams.stateDir", stateDir.toString());
        // The driver puts every record into the first partition.
        config.putIfAbsent("topics.partitions", "1");
        driver = new TopologyTestDriver(
                KrpoTopology.build(Config.of(config), this::newest),
                new StreamsSettings(Config.of(config)).properties(),
                Instant.ofEpochMilli(START));
        rollouts = driver.createInputTopic(
                "krpo.rollouts",
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                Instant.ofEpochMilli(START),
                Duration.ofMillis(1));
        advantages = driver.createOutputTopic(
                "krpo.advantages",
                new StringDeserializer(),
                RecordSerde.of(AdvantageSample.class).deserializer());
        baselines = driver.createOutputTopic(
                "krpo.baselines",
                new StringDeserializer(),
                RecordSerde.of(KalmanState.class).deserializer());
        deadLetters = driver.createOutputTopic(
                "krpo.dead-letters",
                new ByteArrayDeserializer(),
                RecordSerde.of(DeadLetter.class).deserializer());
    }

    private OptionalLong newest(String policyName, long claimed) {
        Long newest = announced.get(policyName);
        return newest == null ? OptionalLong.empty() : OptionalLong.of(newest);
    }

    public void pipe(Rollout rollout) {
        pipe(key(rollout.getPromptId()), ROLLOUTS.encode(rollout));
    }

    public void pipe(byte[] key, byte[] value) {
        rollouts.pipeInput(key, value);
    }

    public void pipe(TestRecord<byte[], byte[]> record) {
        rollouts.pipeInput(record);
    }

    public List<AdvantageSample> advantages() {
        return advantages.readValuesToList();
    }

    List<TestRecord<String, AdvantageSample>> advantageRecords() {
        return advantages.readRecordsToList();
    }

    public List<TestRecord<String, KalmanState>> baselineRecords() {
        return baselines.readRecordsToList();
    }

    public List<TestRecord<byte[], DeadLetter>> deadLetters() {
        return deadLetters.readRecordsToList();
    }

    /** The only dead letter so far. */
    public DeadLetter deadLetter() {
        return deadLetters.readValue();
    }

    public <V> KeyValueStore<String, V> store(String name) {
        return driver.getKeyValueStore(name);
    }

    public static byte[] key(String promptId) {
        return promptId.getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] encode(Rollout rollout) {
        return ROLLOUTS.encode(rollout);
    }

    @Override
    public void close() {
        driver.close();
    }
}
