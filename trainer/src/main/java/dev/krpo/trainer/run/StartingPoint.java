package dev.krpo.trainer.run;

import dev.krpo.runtime.cluster.NewestRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The point from which a trainer resumes, read from the ends of the topics: its cost does not depend on the length of
 * the run.
 *
 * @param step the last step taken; empty before the first
 * @param version the version that this step produced, or version 0; empty if the run has none
 * @param nextTaskSequence above the sequence of every task issued so far
 * @param recordsRead number of records read to determine this
 */
public record StartingPoint(
        Optional<TrainingStep> step, Optional<PolicyVersion> version, long nextTaskSequence, long recordsRead) {

    private static final Logger LOG = LoggerFactory.getLogger(StartingPoint.class);
    private static final long WINDOW = 200;
    private static final long TASK_WINDOW = 1_000;
    private static final long MAX_IN_FLIGHT = 100_000;
    /** No trainer reaches this sequence; a task that claims to is not ours. */
    private static final long MAX_SEQUENCE = 1L << 53;
    /**
     * Exceeds the number of tasks that have left no trace: those without a sample, and those issued after the last
     * step.
     */
    private static final long UNANSWERED = 1_000_000;

    /**
     * Call this once no earlier trainer can commit.
     *
     * @throws IllegalStateException if the topics contradict each other, or show that the beginning of a run was lost
     */
    static StartingPoint read(TrainerSettings settings) {
        Reading reading = new Reading(settings);
        Optional<TrainingStep> step = reading.lastStep();
        Optional<PolicyVersion> version = reading.versionMadeBy(step);
        long next = reading.nextTaskSequence(step, version);
        LOG.info("read {} records to find the starting point of policy '{}'", reading.records, reading.policy);
        return new StartingPoint(step, version, next, reading.records);
    }

    /** True if this trainer announces the first version. */
    boolean isNewRun() {
        return version.isEmpty();
    }

    /** @param place topic, partition and offset */
    private record Announcement(PolicyVersion version, String place) {

        boolean isOfSameCheckpoint(Announcement other) {
            return version.getSha256().equals(other.version.getSha256())
                    && version.getCheckpointUri().equals(other.version.getCheckpointUri());
        }

        String checkpoint() {
            return version.getCheckpointUri() + " with SHA-256 " + version.getSha256() + " (" + place + ")";
        }
    }

    private static final class Reading {

        private final TrainerSettings settings;
        private final String policy;
        private long records;
        private TrainingStep lastStep;
        private String lastStepPlace;
        private Announcement made;
        private Announcement contradiction;
        private Announcement newest;
        private boolean successorAnnounced;
        private RolloutTask lastTask;
        private long newestTaskVersion;

        Reading(TrainerSettings settings) {
            this.settings = settings;
            this.policy = settings.get(PolicySettings.NAME);
        }

        Optional<TrainingStep> lastStep() {
            read(Topic.TRAINING_STEPS, TrainingStep.class, WINDOW, (step, place) -> {
                boolean ours = step.getPolicyName().equals(policy);
                if (ours && (lastStep == null || step.getVersionAfter() > lastStep.getVersionAfter())) {
                    lastStep = step;
                    lastStepPlace = place;
                }
                return ours;
            });
            return Optional.ofNullable(lastStep);
        }

        /**
         * An announcement may occur twice if an operator redrove it; the second one is then not newer than the last
         * step.
         */
        Optional<PolicyVersion> versionMadeBy(Optional<TrainingStep> step) {
            long wanted = step.map(TrainingStep::getVersionAfter).orElse(0L);
            read(Topic.POLICY_VERSIONS, PolicyVersion.class, WINDOW, (version, place) -> {
                if (!version.getPolicyName().equals(policy)) {
                    return false;
                }
                Announcement announcement = new Announcement(version, place);
                if (newest == null || version.getVersion() > newest.version.getVersion()) {
                    newest = announcement;
                }
                successorAnnounced |= version.getVersion() == wanted + 1;
                if (version.getVersion() == wanted) {
                    if (made != null && !made.isOfSameCheckpoint(announcement)) {
                        contradiction = announcement;
                    }
                    made = announcement;
                }
                return version.getVersion() == wanted;
            });
            requireAgreement(step, wanted);
            return Optional.ofNullable(made).map(Announcement::version);
        }

        private void requireAgreement(Optional<TrainingStep> step, long wanted) {
            String steps = settings.catalogue().name(Topic.TRAINING_STEPS);
            String versions = settings.catalogue().name(Topic.POLICY_VERSIONS);
            String last = step.isEmpty()
                    ? steps + " has no step"
                    : "the last step, " + lastStepPlace + ", made version " + wanted;
            if (newest != null && newest.version.getVersion() > wanted) {
                requireForged(last);
            }
            if (step.isPresent() && made == null) {
                throw lost(last + " of policy '" + policy + "', and " + versions + " does not announce it"
                        + (newest == null
                                ? ""
                                : ", but version " + newest.version.getVersion() + " (" + newest.place + ")"));
            }
            if (contradiction != null) {
                throw lost(versions + " announces version " + wanted + " of policy '" + policy + "' as "
                        + contradiction.checkpoint() + " and as " + made.checkpoint());
            }
        }

        /**
         * A trainer announces every version, and every announcement after that of the last step has been read: if a
         * later version was announced, but not the direct successor, no trainer announced it. Checkpoints of lost
         * versions still stop the trainer.
         */
        private void requireForged(String last) {
            String announces =
                    newest.place + " announces version " + newest.version.getVersion() + " of policy '" + policy + "'";
            if (made == null || successorAnnounced) {
                throw lost(announces + ", and " + last
                        + "; one of the topics has lost records, or holds a record that no trainer wrote");
            }
            LOG.warn(
                    "{}, and {}: no trainer wrote that announcement, because it has no predecessor. It is ignored;"
                            + " find its producer and allow only the trainer to write to that topic"
                            + " (`krpo acls`)",
                    announces,
                    last);
        }

        private IllegalStateException lost(String what) {
            return new IllegalStateException(
                    what + ". Nothing was published. Restore the topic, or start a new run: set"
                            + " policy.baseModel to a checkpoint in "
                            + settings.get(PolicySettings.CHECKPOINTS)
                            + ", and another topics.prefix and policy.checkpoints");
        }

        long nextTaskSequence(Optional<TrainingStep> step, Optional<PolicyVersion> version) {
            // A paused trainer may have issued this many tasks of lower sequence after those of its successor.
            long inFlight = (long) SchedulerSettings.batchesInFlight(settings.config())
                    * settings.get(TrainerSettings.BATCH_SIZE);
            read(
                    Topic.ROLLOUT_TASKS,
                    RolloutTask.class,
                    TASK_WINDOW + Math.min(inFlight, MAX_IN_FLIGHT),
                    (task, place) -> {
                        boolean ours = task.getPolicyName().equals(policy)
                                && task.getSequence() >= 0
                                && task.getSequence() < MAX_SEQUENCE;
                        if (ours && (lastTask == null || task.getSequence() > lastTask.getSequence())) {
                            lastTask = task;
                        }
                        if (ours) {
                            newestTaskVersion = Math.max(newestTaskVersion, task.getPolicyVersionAtIssue());
                        }
                        return ours;
                    });
            if (version.isEmpty() && newestTaskVersion > 0) {
                throw lost(settings.catalogue().name(Topic.ROLLOUT_TASKS) + " has tasks of version " + newestTaskVersion
                        + " of policy '" + policy + "', but neither "
                        + settings.catalogue().name(Topic.POLICY_VERSIONS)
                        + " nor " + settings.catalogue().name(Topic.TRAINING_STEPS) + " contains any");
            }
            long issued = lastTask == null ? 0 : lastTask.getSequence() + 1;
            return step.map(done -> recorded(done, issued, inFlight)).orElse(issued);
        }

        /**
         * A step records the number of tasks issued before it. If even those are missing from the log, later ones may
         * be missing as well. Earlier releases recorded no sequence: if their tasks are gone, the number of samples
         * that they produced is used instead.
         */
        private static long recorded(TrainingStep step, long issued, long inFlight) {
            long recorded = step.getNextTaskSequence();
            if (recorded < 0) {
                return issued == 0 ? step.getSamplesTrained() + step.getSamplesDropped() + UNANSWERED : issued;
            }
            // A killed trainer may not have written the last tasks that its step counted.
            boolean gone = issued == 0 ? recorded > 0 : recorded - issued > inFlight;
            return gone ? recorded + UNANSWERED : Math.max(issued, recorded);
        }

        /** @param found receives each record and its position; returns true for the record searched for */
        private <V extends SpecificRecordBase> void read(
                Topic topic, Class<V> type, long window, BiPredicate<V, String> found) {
            RecordSerde<V> serde = RecordSerde.of(type);
            records += NewestRecords.read(
                    settings.kafka(),
                    settings.catalogue().name(topic),
                    window,
                    settings.kafka().clientTimeout(),
                    record -> ReadableRecords.decode(serde, record)
                            .filter(value -> found.test(
                                    value, record.topic() + "-" + record.partition() + "@" + record.offset()))
                            .isPresent());
        }
    }
}
