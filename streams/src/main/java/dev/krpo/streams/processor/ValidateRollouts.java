package dev.krpo.streams.processor;

import dev.krpo.estimators.GroupEstimation;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.settings.Config;
import dev.krpo.streams.rule.PartitionRule;
import dev.krpo.streams.rule.RolloutRules;
import dev.krpo.streams.rule.VersionRule;
import dev.krpo.streams.settings.StreamsSettings;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Forwards rollouts that satisfy the schema's documented constraints, are in the right partition, come from an
 * announced version, and are accepted by estimator and sample filter. Reports all others to their groups.
 */
public final class ValidateRollouts extends RejectingProcessor<String, SourcedRollout> {

    private final GroupEstimation estimation;
    private final PartitionRule partitions;
    private final VersionRule versions;
    private final BehaviourRules behaviour;
    private final int remembered;

    public ValidateRollouts(
            String sourceTopic,
            GroupEstimation estimation,
            PartitionRule partitions,
            VersionRule versions,
            Config config) {
        super(sourceTopic);
        this.estimation = estimation;
        this.partitions = partitions;
        this.versions = versions;
        this.behaviour = BehaviourRules.of(config);
        this.remembered = config.get(StreamsSettings.DEDUPLICATION_IDS);
    }

    @Override
    public void process(Record<String, SourcedRollout> record) {
        SourcedRollout rollout = record.value();
        Optional<Rejection> rejection = firstBroken(rollout);
        if (rejection.isEmpty()) {
            context().forward(record, TopologyNames.DEDUPLICATE);
            return;
        }
        reject(rollout, rejection.get());
        if (estimation.grouped() && misplaced(rollout).isEmpty()) {
            context().forward(record.withValue(new RejectedMember(rollout.rollout())), TopologyNames.ASSEMBLE_GROUPS);
        }
    }

    private Optional<Rejection> firstBroken(SourcedRollout rollout) {
        return RolloutRules.firstBroken(rollout.source().key(), rollout.rollout(), behaviour)
                .or(() -> partitions.broken(rollout.source().key(), rollout.partition()))
                .or(() -> tooLarge(rollout.rollout().groupSize()))
                .or(() -> rejection(estimation.objection(
                        rollout.rollout().reward(), rollout.rollout().rewardComponents())))
                .or(() -> versions.broken(rollout.rollout()));
    }

    /** Why its group is unknown or impossible. */
    private Optional<Rejection> misplaced(SourcedRollout rollout) {
        return RolloutRules.misplaced(rollout.source().key(), rollout.rollout())
                .or(() -> partitions.broken(rollout.source().key(), rollout.partition()))
                .or(() -> tooLarge(rollout.rollout().groupSize()));
    }

    /** The ids of all members of a group, and that of the group itself, must be remembered at the same time. */
    private Optional<Rejection> tooLarge(int groupSize) {
        return groupSize < remembered
                ? Optional.empty()
                : Optional.of(new Rejection(
                        "group-too-large",
                        "groupSize is " + groupSize + " and streams.deduplicationIds is " + remembered
                                + ", so that repeats in such a group would count twice; raise"
                                + " streams.deduplicationIds above the"
                                + " largest group, or generate smaller groups"));
    }
}
