package dev.krpo.trainer;

import dev.krpo.runtime.cluster.NewestRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecordBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a trainer resumes, read from the ends of the topics: what it costs does not depend on how long the run is.
 *
 * @param step the last one taken; empty before the first
 * @param version the one that this step made, or version 0; empty if the run has none
 * @param nextTaskSequence above the sequence of every task issued so far
 * @param recordsRead to know this
 */
record StartingPoint(
        Optional<TrainingStep> step, Optional<PolicyVersion> version, long nextTaskSequence, long recordsRead) {

    private static final Logger LOG = LoggerFactory.getLogger(StartingPoint.class);
    private static final long WINDOW = 200;
    private static final long TASK_WINDOW = 1_000;
    private static final long MOST_IN_FLIGHT = 100_000;
    /** No trainer comes this far; what says so is no task of ours. */
    private static final long LARGEST_SEQUENCE = 1L << 53;
    /** More than the tasks of which nothing is known any more: those that gave no sample, and those issued after the last step. */
    private static final long UNANSWERED = 1_000_000;

    /**
     * Call it when no earlier trainer can commit any more.
     *
     * @throws IllegalStateException if the topics contradict each other, or show that the beginning of a run was lost
     */
    static StartingPoint read(TrainerSettings settings) {
        Reading reading = new Reading(settings);
        Optional<TrainingStep> step = reading.lastStep();
        Optional<PolicyVersion> version = reading.versionMadeBy(step);
        long next = reading.nextTaskSequence(step, version);
        LOG.info("read {} records to find where policy '{}' stands", reading.records, reading.policy);
        return new StartingPoint(step, version, next, reading.records);
    }

    /** Whether this trainer announces the first version. */
    boolean isNewRun() {
        return version.isEmpty();
    }

    private static final class Reading {

        private final TrainerSettings settings;
        private final String policy;
        private long records;
        private TrainingStep lastStep;
        private PolicyVersion made;
        private PolicyVersion contradiction;
        private PolicyVersion newest;
        private RolloutTask lastTask;
        private long newestTaskVersion;

        Reading(TrainerSettings settings) {
            this.settings = settings;
            this.policy = settings.policy().name();
        }

        Optional<TrainingStep> lastStep() {
            read(Topic.TRAINING_STEPS, TrainingStep.class, WINDOW, step -> {
                boolean ours = step.getPolicyName().equals(policy);
                if (ours && (lastStep == null || step.getVersionAfter() > lastStep.getVersionAfter())) {
                    lastStep = step;
                }
                return ours;
            });
            return Optional.ofNullable(lastStep);
        }

        /** An announcement may stand there again, driven by a human: then it is older than the last step, or the same. */
        Optional<PolicyVersion> versionMadeBy(Optional<TrainingStep> step) {
            long wanted = step.map(TrainingStep::getVersionAfter).orElse(0L);
            read(Topic.POLICY_VERSIONS, PolicyVersion.class, WINDOW, version -> {
                if (!version.getPolicyName().equals(policy)) {
                    return false;
                }
                if (newest == null || version.getVersion() > newest.getVersion()) {
                    newest = version;
                }
                if (version.getVersion() == wanted) {
                    if (made != null && !sameCheckpoint(made, version)) {
                        contradiction = version;
                    }
                    made = version;
                }
                return version.getVersion() == wanted;
            });
            requireAgreement(step, wanted);
            return Optional.ofNullable(made);
        }

        private static boolean sameCheckpoint(PolicyVersion one, PolicyVersion other) {
            return one.getSha256().equals(other.getSha256())
                    && one.getCheckpointUri().equals(other.getCheckpointUri());
        }

        private void requireAgreement(Optional<TrainingStep> step, long wanted) {
            String steps = settings.catalogue().name(Topic.TRAINING_STEPS);
            String versions = settings.catalogue().name(Topic.POLICY_VERSIONS);
            if (newest != null && newest.getVersion() > wanted) {
                throw lost(versions + " announces version " + newest.getVersion() + " of policy '" + policy + "', and "
                        + (step.isEmpty()
                                ? steps + " has no step"
                                : "the last step in " + steps + " made version " + wanted)
                        + "; one of them has lost records, or has one that no trainer wrote");
            }
            if (step.isPresent() && made == null) {
                throw lost("the last step in " + steps + " made version " + wanted + " of policy '" + policy + "', and "
                        + versions + " does not announce it"
                        + (newest == null ? "" : ", but version " + newest.getVersion()));
            }
            if (contradiction != null) {
                throw lost(versions + " announces version " + wanted + " of policy '" + policy + "' as "
                        + contradiction.getCheckpointUri() + " and as " + made.getCheckpointUri()
                        + ", SHA-256 " + contradiction.getSha256() + " and " + made.getSha256());
            }
        }

        private IllegalStateException lost(String what) {
            return new IllegalStateException(
                    what + ". Nothing was published. Bring the topic back, or begin a new run: set"
                            + " policy.baseModel to a checkpoint in "
                            + settings.policy().checkpoints()
                            + ", and another topics.prefix and policy.checkpoints");
        }

        long nextTaskSequence(Optional<TrainingStep> step, Optional<PolicyVersion> version) {
            // A trainer that was paused may have issued as many, of smaller sequence, behind those of its successor.
            long inFlight = (long) settings.scheduler().batchesInFlight() * settings.batchSize();
            read(Topic.ROLLOUT_TASKS, RolloutTask.class, TASK_WINDOW + Math.min(inFlight, MOST_IN_FLIGHT), task -> {
                boolean ours = task.getPolicyName().equals(policy)
                        && task.getSequence() >= 0
                        && task.getSequence() < LARGEST_SEQUENCE;
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
                        + " of policy '" + policy + "', and neither "
                        + settings.catalogue().name(Topic.POLICY_VERSIONS)
                        + " nor " + settings.catalogue().name(Topic.TRAINING_STEPS) + " knows any");
            }
            long issued = lastTask == null ? 0 : lastTask.getSequence() + 1;
            return step.map(done -> recorded(done, issued, inFlight)).orElse(issued);
        }

        /**
         * A step knows the tasks issued before it. Where not even those are in the log, later ones may be gone as well. Earlier
         * releases recorded no sequence: where their tasks are gone, as many samples as came of them say enough.
         */
        private static long recorded(TrainingStep step, long issued, long inFlight) {
            long recorded = step.getNextTaskSequence();
            if (recorded < 0) {
                return issued == 0 ? step.getSamplesTrained() + step.getSamplesDropped() + UNANSWERED : issued;
            }
            // A trainer that was killed may not have written the last ones that its step counted.
            boolean gone = issued == 0 ? recorded > 0 : recorded - issued > inFlight;
            return gone ? recorded + UNANSWERED : Math.max(issued, recorded);
        }

        private <V extends SpecificRecordBase> void read(Topic topic, Class<V> type, long window, Predicate<V> found) {
            RecordSerde<V> serde = RecordSerde.of(type);
            records += NewestRecords.read(
                    settings.kafka(),
                    settings.catalogue().name(topic),
                    window,
                    settings.kafka().clientTimeout(),
                    record ->
                            ReadableRecords.decode(serde, record).filter(found).isPresent());
        }
    }
}
