package dev.krpo.trainer.replay;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.run.StartingPoint;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * A range of versions as recorded in the log: the announcement of each, and the step that produced it.
 *
 * @param announced announcements by version, both ends included
 * @param steps by the version they produced, excluding that of the first version
 */
record RecordedRun(SortedMap<Long, PolicyVersion> announced, SortedMap<Long, TrainingStep> steps) {

    private static final Duration READ_LIMIT = Duration.ofMinutes(5);

    /**
     * @param to a version, or -1 for the newest
     * @throws ReplayException if a version or a step is not in the log
     */
    static RecordedRun read(TrainerSettings settings, long from, long to) {
        String policy = settings.get(PolicySettings.NAME);
        RecordSerde<PolicyVersion> versionSerde = RecordSerde.of(PolicyVersion.class);
        SortedMap<Long, PolicyVersion> announced = new TreeMap<>();
        String versions = settings.catalogue().name(Topic.POLICY_VERSIONS);
        CommittedRecords.read(settings.kafka(), versions, READ_LIMIT, record -> {
            ReadableRecords.decode(versionSerde, record)
                    .filter(version -> version.getPolicyName().equals(policy))
                    .ifPresent(version -> announced.put(version.getVersion(), version));
        });
        if (announced.isEmpty()) {
            throw new ReplayException("no version of policy '" + policy + "' is in " + versions
                    + "; do policy.name and topics.prefix match the run?");
        }
        String stepTopic = settings.catalogue().name(Topic.TRAINING_STEPS);
        RecordSerde<TrainingStep> stepSerde = RecordSerde.of(TrainingStep.class);
        SortedMap<Long, TrainingStep> later = new TreeMap<>();
        CommittedRecords.read(settings.kafka(), stepTopic, READ_LIMIT, record -> {
            ReadableRecords.decode(stepSerde, record)
                    .filter(step -> step.getPolicyName().equals(policy))
                    .filter(step -> step.getVersionAfter() > from && (to == NEWEST || step.getVersionAfter() <= to))
                    .ifPresent(step -> later.put(step.getVersionAfter(), step));
        });
        long last = to == NEWEST ? newest(announced.keySet(), later.keySet(), from) : to;
        for (long end : List.of(from, last)) {
            if (!announced.containsKey(end)) {
                throw new ReplayException("version " + end + " of policy '" + policy + "' is not in " + versions
                        + ", which holds " + announced.firstKey() + " to " + announced.lastKey());
            }
        }
        if (last <= from) {
            throw new ReplayException("nothing to replay from version " + from + " to version " + last);
        }
        SortedMap<Long, TrainingStep> steps = later.headMap(last + 1);
        LongStream.rangeClosed(from + 1, last)
                .filter(version -> !steps.containsKey(version) || !announced.containsKey(version))
                .findFirst()
                .ifPresent(version -> {
                    throw new ReplayException("the step that made version " + version + " is no longer in " + stepTopic
                            + "; replay from a later version with --from");
                });
        return new RecordedRun(announced.subMap(from, last + 1), steps);
    }

    static final long NEWEST = -1;

    /** A version with neither a step nor a predecessor was not announced by a trainer, see {@link StartingPoint}. */
    private static long newest(Set<Long> announced, Set<Long> made, long from) {
        return announced.stream()
                .filter(version -> made.contains(version) || announced.contains(version - 1))
                .max(Comparator.naturalOrder())
                .orElse(from);
    }

    long from() {
        return announced.firstKey();
    }

    long to() {
        return announced.lastKey();
    }
}
