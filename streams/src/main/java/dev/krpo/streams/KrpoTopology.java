package dev.krpo.streams;

import dev.krpo.estimators.GroupEstimation;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.settings.TopicSettings.LostRecords;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.streams.processor.AssembleGroups;
import dev.krpo.streams.processor.DecodeRollouts;
import dev.krpo.streams.processor.DeduplicateRollouts;
import dev.krpo.streams.processor.EstimateAdvantages;
import dev.krpo.streams.processor.GroupMemberSerde;
import dev.krpo.streams.processor.TopologyNames;
import dev.krpo.streams.processor.ValidateRollouts;
import dev.krpo.streams.rule.AnnouncedVersions;
import dev.krpo.streams.rule.PartitionRule;
import dev.krpo.streams.rule.VersionRule;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.streams.store.OpenGroup;
import dev.krpo.streams.store.StoredBelief;
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
 * rollouts -> decode -> validate -> deduplicate -> [assemble-groups] -> estimate -> advantages, baselines; rejected
 * records -> dead-letters. Validate also reports rejected members to assemble-groups. Every node and store has an
 * explicit name, because changelog topics are named after it: renaming a store discards its state.
 */
public final class KrpoTopology {

    private KrpoTopology() {}

    /**
     * Builds the topology from the sections {@code streams}, {@code estimator} and {@code topics}.
     *
     * @param announced used by all stream threads
     * @throws dev.krpo.settings.InvalidSettingException naming the setting that is wrong
     */
    public static Topology build(Config config, AnnouncedVersions announced) {
        TopicCatalogue topics = new TopicCatalogue(config);
        GroupEstimation estimation = GroupEstimation.of(config);
        StreamsSettings settings = new StreamsSettings(config);
        int remembered = config.get(StreamsSettings.DEDUPLICATION_IDS);
        String rollouts = settings.rolloutsTopic();
        PartitionRule partitions = new PartitionRule(config.get(TopicSettings.PARTITIONS));
        VersionRule versions = new VersionRule(announced, settings.policyVersionsTopic());
        List<String> rejecting =
                new ArrayList<>(List.of(TopologyNames.DECODE, TopologyNames.VALIDATE, TopologyNames.ESTIMATE));
        Topology topology = new Topology();
        topology.addSource(
                // Without a reset policy, rollouts that retention deleted unread stop the topology instead of being
                // skipped.
                config.get(TopicSettings.ON_LOST_RECORDS) == LostRecords.SKIP
                        ? AutoOffsetReset.earliest()
                        : AutoOffsetReset.none(),
                TopologyNames.ROLLOUTS_SOURCE,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                rollouts);
        topology.addProcessor(TopologyNames.DECODE, () -> new DecodeRollouts(rollouts), TopologyNames.ROLLOUTS_SOURCE);
        topology.addProcessor(
                TopologyNames.VALIDATE,
                () -> new ValidateRollouts(rollouts, estimation, partitions, versions, config),
                TopologyNames.DECODE);
        topology.addProcessor(
                TopologyNames.DEDUPLICATE, () -> new DeduplicateRollouts(remembered), TopologyNames.VALIDATE);
        topology.addStateStore(store(TopologyNames.RECENT_IDS, Serdes.ByteArray()), TopologyNames.DEDUPLICATE);
        if (estimation.grouped()) {
            topology.addProcessor(
                    TopologyNames.ASSEMBLE_GROUPS,
                    () -> new AssembleGroups(rollouts, estimation, config),
                    TopologyNames.DEDUPLICATE,
                    TopologyNames.VALIDATE);
            topology.addStateStore(store(TopologyNames.OPEN_GROUPS, OpenGroup.serde()), TopologyNames.ASSEMBLE_GROUPS);
            topology.addStateStore(
                    store(TopologyNames.GROUP_MEMBERS, new GroupMemberSerde()), TopologyNames.ASSEMBLE_GROUPS);
            topology.connectProcessorAndStateStores(TopologyNames.ASSEMBLE_GROUPS, TopologyNames.RECENT_IDS);
            rejecting.add(TopologyNames.ASSEMBLE_GROUPS);
        }
        topology.addProcessor(
                TopologyNames.ESTIMATE,
                () -> new EstimateAdvantages(rollouts, estimation, announced, remembered),
                estimation.grouped() ? TopologyNames.ASSEMBLE_GROUPS : TopologyNames.DEDUPLICATE);
        topology.connectProcessorAndStateStores(TopologyNames.ESTIMATE, TopologyNames.RECENT_IDS);
        if (estimation.estimator().persistent()) {
            topology.addStateStore(store(TopologyNames.PROMPT_FILTERS, StoredBelief.serde()), TopologyNames.ESTIMATE);
            topology.addStateStore(store(TopologyNames.DATASET_FILTERS, StoredBelief.serde()), TopologyNames.ESTIMATE);
            topology.addSink(
                    TopologyNames.BASELINES_SINK,
                    topics.name(Topic.BASELINES),
                    new StringSerializer(),
                    RecordSerde.of(KalmanState.class).serializer(),
                    KrpoTopology::withItsPrompt,
                    TopologyNames.ESTIMATE);
        }
        topology.addSink(
                TopologyNames.ADVANTAGES_SINK,
                topics.name(Topic.ADVANTAGES),
                new StringSerializer(),
                new ByteArraySerializer(),
                TopologyNames.ESTIMATE);
        topology.addSink(
                TopologyNames.DEAD_LETTERS_SINK,
                topics.name(Topic.DEAD_LETTERS),
                new ByteArraySerializer(),
                RecordSerde.of(DeadLetter.class).serializer(),
                rejecting.toArray(String[]::new));
        return topology;
    }

    /** The key of a baseline includes policy and dataset; it is partitioned like the prompt's other records. */
    private static Optional<Set<Integer>> withItsPrompt(
            String topic, String key, KalmanState baseline, int partitions) {
        byte[] prompt = baseline.getPromptId().getBytes(StandardCharsets.UTF_8);
        return Optional.of(Set.of(PartitionRule.partitionOf(prompt, partitions)));
    }

    /** Caching collapses multiple updates per commit into one write to disk and changelog. */
    private static <V> StoreBuilder<KeyValueStore<String, V>> store(String name, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.String(), values)
                .withCachingEnabled();
    }
}
