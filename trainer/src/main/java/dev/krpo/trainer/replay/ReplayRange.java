package dev.krpo.trainer.replay;

import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;

/**
 * The range of versions that retention has left to replay.
 *
 * @param newest version whose step is in the log; 0 if there is none
 * @param firstWhole the first version from which every step and all of its samples are still in the log; newest + 1 if
 *     even the newest step is incomplete
 * @param checkpoints versions whose checkpoints are kept, in order
 */
public record ReplayRange(long newest, long firstWhole, List<Long> checkpoints) {

    private static final Duration READ_LIMIT = Duration.ofMinutes(5);

    /** The first version from which a replay can reach the newest one; empty if none exists. */
    public Optional<Long> from() {
        return checkpoints.stream()
                .filter(version -> version >= firstWhole - 1 && version < newest)
                .findFirst();
    }

    /** @param config as for the trainer */
    public static ReplayRange of(Config config) {
        TrainerSettings settings = new TrainerSettings(config);
        TreeMap<Long, Map<Integer, Long>> firstOffsets = new TreeMap<>();
        RecordSerde<TrainingStep> serde = RecordSerde.of(TrainingStep.class);
        CommittedRecords.read(settings.kafka(), settings.catalogue().name(Topic.TRAINING_STEPS), READ_LIMIT, record -> {
            ReadableRecords.decode(serde, record)
                    .filter(step -> step.getPolicyName().equals(settings.get(PolicySettings.NAME)))
                    .ifPresent(step ->
                            firstOffsets.put(step.getVersionAfter(), RecordedSamples.firstOffsets(List.of(step))));
        });
        long newest = firstOffsets.isEmpty() ? 0 : firstOffsets.lastKey();
        Map<Integer, Long> beginnings = beginnings(settings);
        long firstWhole = newest + 1;
        while (firstOffsets.containsKey(firstWhole - 1)
                && firstOffsets.get(firstWhole - 1).entrySet().stream()
                        .allMatch(sample -> sample.getValue() >= beginnings.get(sample.getKey()))) {
            firstWhole--;
        }
        return new ReplayRange(newest, firstWhole, checkpoints(settings));
    }

    /** Excludes attempts that were never announced. */
    private static List<Long> checkpoints(TrainerSettings settings) {
        CheckpointStore store = CheckpointStores.of(settings.config(), PolicySettings.CHECKPOINTS);
        if (!store.exists()) {
            return List.of();
        }
        Set<String> names = Set.copyOf(store.names());
        RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
        SortedSet<Long> kept = new TreeSet<>();
        CommittedRecords.read(
                settings.kafka(),
                settings.catalogue().name(Topic.POLICY_VERSIONS),
                READ_LIMIT,
                record -> ReadableRecords.decode(serde, record)
                        .filter(version -> version.getPolicyName().equals(settings.get(PolicySettings.NAME)))
                        .filter(version -> names.contains(version.getCheckpointUri()))
                        .ifPresent(version -> kept.add(version.getVersion())));
        return List.copyOf(kept);
    }

    private static Map<Integer, Long> beginnings(TrainerSettings settings) {
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        Map<Integer, Long> beginnings = new HashMap<>();
        try (Admin admin = settings.cluster().admin()) {
            TopicOffsets.of(admin, topic, OffsetSpec.earliest())
                    .forEach((partition, offset) -> beginnings.put(partition.partition(), offset));
        }
        return beginnings;
    }
}
