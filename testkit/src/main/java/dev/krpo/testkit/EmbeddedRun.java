package dev.krpo.testkit;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.runtime.prompts.PromptLoader;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/**
 * A run on a real broker, seen from outside its roles: its settings, its topics (two partitions), the records that a
 * test writes and reads, and the roles that it starts. Closing the run closes its roles. For one test thread.
 */
public class EmbeddedRun implements AutoCloseable {

    /** Limit of every wait. */
    public static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Duration SURPLUS = Duration.ofMillis(300);

    private final Map<String, String> settings = new HashMap<>();
    private final Map<Topic, Reader> readers = new EnumMap<>(Topic.class);
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final List<Role> roles = new ArrayList<>();
    private Cluster cluster;
    private KafkaProducer<byte[], byte[]> producer;

    public EmbeddedRun(String bootstrapServers, String prefix) {
        set(KafkaSettings.BOOTSTRAP_SERVERS.key(), bootstrapServers);
        set(TopicSettings.PREFIX.key(), prefix);
        set(TopicSettings.PARTITIONS.key(), 2);
    }

    public final EmbeddedRun set(String name, Object value) {
        settings.put(name, value.toString());
        cluster = null;
        return this;
    }

    public final EmbeddedRun set(Map<String, ?> more) {
        more.forEach(this::set);
        return this;
    }

    public EmbeddedRun createTopics() {
        try (Admin admin = cluster().connect()) {
            cluster().topics().create(admin);
        }
        return this;
    }

    /** The settings of this run, with overrides: name, value, name, value. */
    public final Map<String, String> settings(String... overrides) {
        Map<String, String> merged = new HashMap<>(settings);
        for (int i = 0; i < overrides.length; i += 2) {
            merged.put(overrides[i], overrides[i + 1]);
        }
        return merged;
    }

    public final Config config(String... overrides) {
        return Config.of(settings(overrides));
    }

    public final Cluster cluster() {
        if (cluster == null) {
            cluster = Cluster.of(config());
        }
        return cluster;
    }

    public final String name(Topic topic) {
        return cluster().name(topic);
    }

    /** Starts the role; {@link #close()} closes it, as does a failure to start. */
    public final <R extends Role> R start(R role) {
        flush();
        try {
            role.start();
        } catch (RuntimeException e) {
            role.close();
            throw e;
        }
        roles.add(role);
        return role;
    }

    /** Every role started so far. */
    public final List<Role> roles() {
        return List.copyOf(roles);
    }

    /** Loads a file of questions and answers, as {@code krpo prompts load} does. */
    public final EmbeddedRun loadPrompts(Path questions) throws InterruptedException {
        PromptLoader.load(config(), PromptFile.readAll(questions, PromptFormat.standard("arithmetic")));
        return this;
    }

    public final void announce(String policy, long version) {
        announce(policy, version, "v" + version);
    }

    /** @param checkpoint its name; it need not exist */
    public final void announce(String policy, long version, String checkpoint) {
        send(Topic.POLICY_VERSIONS, policy, new PolicyVersion(policy, version, checkpoint, "ab12", 1L, 0L));
    }

    public final void prompt(String id, String text, String answer) {
        send(Topic.PROMPTS, id, new Prompt(id, text, answer, "sums", Map.of()));
    }

    /** Sends without waiting; {@link #flush} waits, and so does whatever reads records or starts a role. */
    @SuppressWarnings("unchecked")
    public final <V extends SpecificRecordBase> void send(Topic topic, String key, V value) {
        send(topic, key, RecordSerde.of((Class<V>) value.getClass()).encode(value));
    }

    /** @param value any bytes; null is a tombstone */
    public final void send(Topic topic, String key, byte[] value) {
        if (producer == null) {
            producer = cluster().producer(Map.of());
        }
        sent.add(producer.send(new ProducerRecord<>(name(topic), key.getBytes(StandardCharsets.UTF_8), value)));
    }

    /** Sends values by key and waits. */
    public final void sendAll(Topic topic, Map<String, byte[]> values) {
        values.forEach((key, value) -> send(topic, key, value));
        flush();
    }

    /** Returns once the broker has acknowledged every record sent so far. */
    public final void flush() {
        try {
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a record was not written", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while writing", e);
        } finally {
            sent.clear();
        }
    }

    /** All committed records of a topic, partition by partition in order of their offsets. */
    public final List<ConsumerRecord<byte[], byte[]>> records(Topic topic) {
        flush();
        return readers.computeIfAbsent(topic, Reader::new).records();
    }

    /** The values of {@link #records}. */
    public final <V extends SpecificRecordBase> List<V> read(Topic topic, Class<V> type) {
        RecordSerde<V> serde = RecordSerde.of(type);
        return records(topic).stream()
                .map(record -> serde.decode(record.value()))
                .toList();
    }

    /** Waits for at least {@code count} records and returns all, including any surplus. */
    public final <V extends SpecificRecordBase> List<V> await(Topic topic, Class<V> type, int count) {
        awaitCount(topic, count);
        readers.get(topic).poll(SURPLUS);
        return read(topic, type);
    }

    /** Waits for at least {@code count} records. */
    public final void awaitCount(Topic topic, int count) {
        Awaitility.await(count + " records of " + topic)
                .atMost(PATIENCE)
                .until(() -> records(topic).size() >= count);
    }

    /** Deletes the records before an offset, like retention. */
    public final void delete(Topic topic, int partition, long before) {
        delete(topic, Map.of(new TopicPartition(name(topic), partition), before));
    }

    /** Deletes all records, like retention. */
    public final void deleteAll(Topic topic) {
        flush();
        try (Admin admin = cluster().admin()) {
            delete(topic, TopicOffsets.of(admin, name(topic), OffsetSpec.latest()));
        }
    }

    private void delete(Topic topic, Map<TopicPartition, Long> before) {
        flush();
        try (Admin admin = cluster().admin()) {
            admin.deleteRecords(before.entrySet().stream()
                            .collect(Collectors.toMap(
                                    Map.Entry::getKey, end -> RecordsToDelete.beforeOffset(end.getValue()))))
                    .all()
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("deleting records of " + topic, e);
        }
        Reader reader = readers.remove(topic);
        if (reader != null) {
            reader.close();
        }
    }

    @Override
    public void close() {
        roles.forEach(Role::close);
        readers.values().forEach(Reader::close);
        if (producer != null) {
            producer.close();
        }
    }

    /** Reads each record once, however often a test asks. */
    private final class Reader implements AutoCloseable {

        private final KafkaConsumer<byte[], byte[]> consumer =
                CommittedRecords.consumer(cluster().kafka());
        private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

        Reader(Topic topic) {
            List<TopicPartition> partitions = CommittedRecords.partitions(consumer, name(topic));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }

        List<ConsumerRecord<byte[], byte[]>> records() {
            CommittedRecords.readTo(consumer, consumer.endOffsets(consumer.assignment()), PATIENCE, records::add);
            records.sort(Comparator.comparingInt((ConsumerRecord<byte[], byte[]> record) -> record.partition())
                    .thenComparingLong(ConsumerRecord::offset));
            return List.copyOf(records);
        }

        void poll(Duration limit) {
            consumer.poll(limit).forEach(records::add);
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
