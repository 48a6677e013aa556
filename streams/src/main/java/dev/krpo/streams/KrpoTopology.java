package dev.krpo.streams;

import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.settings.TopicSettings.LostRecords;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * rollouts -> decode -> validate -> deduplicate -> [assemble-groups] -> estimate -> advantages, baselines; what a step cannot
 * use -> dead-letters. Validate also tells assemble-groups of the members that it rejects. Everything has a name, because changelog topics are called after it: renaming a store forgets it.
 */
public final class KrpoTopology {

    /** Filters by {@link PromptKey#stored}; the store that interactive queries read. */
    public static final String PROMPT_FILTERS = "prompt-filters";

    static final String DATASET_FILTERS = "dataset-filters";
    static final String RECENT_IDS = "recent-ids";
    static final String OPEN_GROUPS = "open-groups";
    static final String GROUP_MEMBERS = "group-members";

    static final String ROLLOUTS_SOURCE = "rollouts-source";
    static final String DECODE = "decode";
    static final String VALIDATE = "validate";
    static final String DEDUPLICATE = "deduplicate";
    static final String ASSEMBLE_GROUPS = "assemble-groups";
    static final String ESTIMATE = "estimate";
    static final String ADVANTAGES_SINK = "advantages-sink";
    static final String BASELINES_SINK = "baselines-sink";
    static final String DEAD_LETTERS_SINK = "dead-letters-sink";

    private KrpoTopology() {}

    /**
     * Builds the topology from the sections {@code streams}, {@code estimator} and {@code topics}.
     *
     * @param announced asked by all stream threads
     * @throws dev.krpo.settings.InvalidSettingException naming the setting that is wrong
     */
    public static Topology build(Config config, AnnouncedVersions announced) {
        TopicCatalogue topics = new TopicCatalogue(config);
        GroupRules rules = GroupRules.of(config);
        StreamsSettings settings = new StreamsSettings(config);
        int remembered = config.get(StreamsSettings.DEDUPLICATION_IDS);
        String rollouts = settings.rolloutsTopic();
        PartitionRule partitions = new PartitionRule(config.get(TopicSettings.PARTITIONS));
        VersionRule versions = new VersionRule(announced, settings.policyVersionsTopic());
        List<String> refusing = new ArrayList<>(List.of(DECODE, VALIDATE, ESTIMATE));
        Topology topology = new Topology();
        topology.addSource(
                // Without a reset policy, rollouts that retention deleted unread stop the topology instead of being
                // passed over.
                config.get(TopicSettings.ON_LOST_RECORDS) == LostRecords.SKIP
                        ? AutoOffsetReset.earliest()
                        : AutoOffsetReset.none(),
                ROLLOUTS_SOURCE,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                rollouts);
        topology.addProcessor(DECODE, () -> new DecodeRollouts(rollouts), ROLLOUTS_SOURCE);
        topology.addProcessor(
                VALIDATE, () -> new ValidateRollouts(rollouts, rules, partitions, versions, config), DECODE);
        topology.addProcessor(DEDUPLICATE, () -> new DeduplicateRollouts(remembered), VALIDATE);
        topology.addStateStore(store(RECENT_IDS, Serdes.ByteArray()), DEDUPLICATE);
        if (rules.grouped()) {
            topology.addProcessor(
                    ASSEMBLE_GROUPS, () -> new AssembleGroups(rollouts, rules, config), DEDUPLICATE, VALIDATE);
            topology.addStateStore(store(OPEN_GROUPS, OpenGroup.serde()), ASSEMBLE_GROUPS);
            topology.addStateStore(store(GROUP_MEMBERS, new GroupMemberSerde()), ASSEMBLE_GROUPS);
            topology.connectProcessorAndStateStores(ASSEMBLE_GROUPS, RECENT_IDS);
            refusing.add(ASSEMBLE_GROUPS);
        }
        topology.addProcessor(
                ESTIMATE,
                () -> new EstimateAdvantages(rollouts, rules, announced, remembered),
                rules.grouped() ? ASSEMBLE_GROUPS : DEDUPLICATE);
        topology.connectProcessorAndStateStores(ESTIMATE, RECENT_IDS);
        if (rules.estimator().persistent()) {
            topology.addStateStore(store(PROMPT_FILTERS, StoredFilter.serde()), ESTIMATE);
            topology.addStateStore(store(DATASET_FILTERS, StoredFilter.serde()), ESTIMATE);
            topology.addSink(
                    BASELINES_SINK,
                    topics.name(Topic.BASELINES),
                    new StringSerializer(),
                    RecordSerde.of(KalmanState.class).serializer(),
                    KrpoTopology::withItsPrompt,
                    ESTIMATE);
        }
        topology.addSink(
                ADVANTAGES_SINK,
                topics.name(Topic.ADVANTAGES),
                new StringSerializer(),
                new ByteArraySerializer(),
                ESTIMATE);
        topology.addSink(
                DEAD_LETTERS_SINK,
                topics.name(Topic.DEAD_LETTERS),
                new ByteArraySerializer(),
                RecordSerde.of(DeadLetter.class).serializer(),
                refusing.toArray(String[]::new));
        return topology;
    }

    /** The key of a baseline names policy and dataset as well, and it lies where the prompt's other records do. */
    private static Optional<Set<Integer>> withItsPrompt(
            String topic, String key, KalmanState baseline, int partitions) {
        byte[] prompt = baseline.getPromptId().getBytes(StandardCharsets.UTF_8);
        return Optional.of(Set.of(PartitionRule.partitionOf(prompt, partitions)));
    }

    /** Cached: what changes several times between two commits is written once to disk and changelog. */
    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), values)
                .withCachingEnabled();
    }
}
