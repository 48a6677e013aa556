package dev.krpo.cli.inspect;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;

/** The records of one policy in the topics of a run. */
final class InspectedRun implements AutoCloseable {

    private static final Duration READ_LIMIT = Duration.ofSeconds(60);

    private final Config config;
    private final Cluster cluster;
    private final String policy;
    private final Admin admin;

    /**
     * Waits for the broker.
     *
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing
     */
    InspectedRun(Config config) {
        this.config = config;
        cluster = Cluster.of(config);
        policy = config.get(PolicySettings.NAME);
        admin = cluster.connect();
        boolean ready = false;
        try {
            cluster.topics().checkExistence(admin);
            ready = true;
        } finally {
            if (!ready) {
                admin.close();
            }
        }
    }

    Config config() {
        return config;
    }

    KafkaSettings kafka() {
        return cluster.kafka();
    }

    TopicCatalogue topics() {
        return cluster.topics();
    }

    String policy() {
        return policy;
    }

    Admin admin() {
        return admin;
    }

    /**
     * The newest records of the policy, oldest first.
     *
     * @param policyOf gets the policy's name from a record; empty in records of earlier builds
     */
    <V extends SpecificRecordBase> Found<V> last(Topic topic, Class<V> type, int count, Function<V, String> policyOf) {
        Set<String> others = new TreeSet<>();
        List<V> records = TopicTail.read(cluster.kafka(), cluster.name(topic), RecordSerde.of(type), count, record -> {
            boolean own = isOwn(policyOf.apply(record));
            if (!own) {
                others.add(policyOf.apply(record));
            }
            return own;
        });
        return new Found<>(records, others);
    }

    /** Like {@link #last}, from records already read. */
    <V> Found<V> own(List<V> all, Function<V, String> policyOf) {
        Set<String> others = new TreeSet<>();
        all.stream().map(policyOf).filter(name -> !isOwn(name)).forEach(others::add);
        return new Found<>(
                all.stream().filter(record -> isOwn(policyOf.apply(record))).toList(), others);
    }

    /** True if a record belongs to the policy; records of earlier builds, which have no name, do. */
    private boolean isOwn(String policyName) {
        return policyName.isEmpty() || policyName.equals(policy);
    }

    /** @param others the policies whose records were skipped */
    record Found<V>(List<V> records, Set<String> others) {

        /** A phrase to append to a message saying that there are no records. */
        String hint() {
            return others.isEmpty()
                    ? ""
                    : ", but there are some of " + String.join(", ", others) + "; try --set policy.name="
                            + others.iterator().next();
        }
    }

    <V extends SpecificRecordBase> KafkaTable<V> table(Topic topic, Class<V> type) {
        KafkaTable<V> table = new KafkaTable<>(cluster.kafka(), cluster.name(topic), RecordSerde.of(type));
        table.catchUp(READ_LIMIT);
        return table;
    }

    @Override
    public void close() {
        admin.close();
    }
}
