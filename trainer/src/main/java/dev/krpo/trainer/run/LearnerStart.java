package dev.krpo.trainer.run;

import ai.djl.Device;
import dev.krpo.learner.Learner;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.runtime.cluster.PrefixOwner;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.trainer.publish.VersionName;
import dev.krpo.trainer.publish.VersionPublisher;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Checks that the checkpoints and the log belong together, and loads or publishes the version to start from. */
final class LearnerStart {

    private static final Logger LOG = LoggerFactory.getLogger(LearnerStart.class);

    private final TrainerSettings settings;
    private final CheckpointStore store;

    LearnerStart(TrainerSettings settings, CheckpointStore store) {
        this.settings = settings;
        this.store = store;
    }

    /** Checkpoints of earlier trainers; excludes those written from now on. */
    List<String> earlierAttempts() {
        try {
            return Stream.concat(store.names().stream(), store.unfinished().stream())
                    .distinct()
                    .toList();
        } catch (CheckpointException e) {
            LOG.debug("no checkpoints yet", e);
            return List.of();
        }
    }

    /**
     * The learner of the last published version. A new run publishes its base model as version 0 first.
     *
     * @throws IllegalStateException if there are checkpoints of versions that the log does not know
     * @throws CheckpointException if the checkpoint cannot be used, or the directory is that of another run
     * @throws InvalidSettingException if no completion fits into the model
     */
    Learner learner(StartingPoint from, String clusterId, VersionPublisher publisher) {
        requireNothingLater(from);
        claim(from, clusterId);
        return learner(from.version(), publisher);
    }

    private void claim(StartingPoint from, String clusterId) {
        if (from.isNewRun()) {
            store.create();
        }
        store.claim("policy '" + settings.get(PolicySettings.NAME) + "' of " + TopicSettings.PREFIX + " '"
                + settings.catalogue().prefix() + "' on Kafka cluster " + clusterId);
    }

    /**
     * A trainer announces each version before it writes the next, so it leaves at most one unannounced version. Later
     * ones show that the log was lost or truncated, and must not be deleted by retention.
     */
    private void requireNothingLater(StartingPoint from) {
        if (!store.exists()) {
            return;
        }
        long newest = from.version().map(PolicyVersion::getVersion).orElse(-1L);
        store.names().stream()
                .filter(name -> VersionName.parse(name).orElse(newest) > newest + 1)
                .max(Comparator.naturalOrder())
                .ifPresent(name -> {
                    throw new IllegalStateException(store.location() + " holds checkpoints up to " + name + ", and "
                            + (from.isNewRun() ? logWasLost(name) : logWentBack(name, newest)));
                });
    }

    private String logWasLost(String name) {
        return "neither " + settings.catalogue().name(Topic.POLICY_VERSIONS) + " nor "
                + settings.catalogue().name(Topic.TRAINING_STEPS) + " contains a version of policy '"
                + settings.get(PolicySettings.NAME)
                + "': they belong to another run, or this run's log was lost. Version 0 was not published."
                + " Set another policy.checkpoints (and policy.baseModel to "
                + store.location() + "/" + name
                + " to continue from those weights), or restore the topics";
    }

    private String logWentBack(String name, long newest) {
        return settings.catalogue().name(Topic.POLICY_VERSIONS) + " and "
                + settings.catalogue().name(Topic.TRAINING_STEPS) + " contain policy '"
                + settings.get(PolicySettings.NAME) + "' up to version " + newest
                + " only: the end of the log was lost. Nothing was published or deleted."
                + " Restore the topics; or move the checkpoints after version " + newest
                + " to another directory to continue from version " + newest
                + "; or start a new run: set policy.baseModel to "
                + store.location() + "/" + name
                + ", and another topics.prefix and policy.checkpoints";
    }

    private Learner learner(Optional<PolicyVersion> version, VersionPublisher publisher) {
        Device device = TorchEngine.device(settings.get(PolicySettings.DEVICE));
        LearnerOptions options = settings.learnerOptions();
        Path base = settings.get(PolicySettings.BASE_MODEL);
        Policy reference = options.loss().klCoefficient() > 0 ? Policy.load(base, device) : null;
        if (version.isEmpty()) {
            Policy policy = Policy.load(base, device);
            checkLength(policy.config());
            publisher.publishBase(policy.config(), policy.tokenizer(), policy.snapshot());
            // Another policy's trainer may have started on this prefix at the same time.
            PrefixOwner.check(settings.cluster(), settings.get(PolicySettings.NAME));
            return new Learner(policy, reference, options);
        }
        PolicyVersion last = version.get();
        try {
            CheckpointContents contents =
                    CheckpointContents.read(store.open(last.getCheckpointUri(), last.getSha256()));
            checkLength(contents.config());
            return Learner.resume(contents, last.getVersion(), device, reference, options);
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    "version " + last.getVersion() + " of policy '"
                            + settings.get(PolicySettings.NAME) + "' cannot be resumed from checkpoint "
                            + last.getCheckpointUri() + ": " + e.getMessage()
                            + ". Restore that checkpoint, or start a new run: set policy.baseModel to a"
                            + " complete"
                            + " checkpoint, and another topics.prefix and policy.checkpoints",
                    e);
        }
    }

    /** Otherwise no worker could complete a task, and no batch would ever fill. */
    private void checkLength(ModelConfig model) {
        int tokens = settings.get(SchedulerSettings.MAX_NEW_TOKENS);
        if (tokens >= model.maxPositions()) {
            throw new InvalidSettingException(
                    settings.config(),
                    SchedulerSettings.MAX_NEW_TOKENS,
                    "the model has " + model.maxPositions()
                            + " positions (max_position_embeddings) for prompt and completion together; lower it");
        }
    }
}
