package dev.krpo.streams.processor;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.GroupEstimation;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.estimators.VersionGap;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.rule.AnnouncedVersions;
import dev.krpo.streams.store.BeliefStore;
import dev.krpo.streams.store.PromptKey;
import dev.krpo.streams.store.RecentIds;
import dev.krpo.streams.store.StoredBelief;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Runs the estimator on a group and stores the updated beliefs. The Kalman filter of a dataset is kept per partition of
 * the rollouts topic, since a stream task sees only its partition; prompts are spread evenly, so these filters agree.
 * Completions that the sample filter leaves out are written too, with its name, so that the trainer does not wait for
 * them.
 */
public final class EstimateAdvantages extends RejectingProcessor<String, List<SourcedRollout>> {

    private final Estimator estimator;
    private final GroupEstimation estimation;
    private final AnnouncedVersions announced;
    private final int remembered;
    private BeliefStore prompts;
    private BeliefStore datasets;
    private RecentIds closed;
    private RecentIds seen;

    /** @param remembered number of ids kept per prompt */
    public EstimateAdvantages(
            String sourceTopic, GroupEstimation estimation, AnnouncedVersions announced, int remembered) {
        super(sourceTopic);
        estimator = estimation.estimator();
        this.estimation = estimation;
        this.announced = announced;
        this.remembered = remembered;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        super.init(context);
        KeyValueStore<String, byte[]> ids = context.getStateStore(TopologyNames.RECENT_IDS);
        closed = new RecentIds(RecentIds.Kind.CLOSED_GROUP, ids, remembered);
        seen = new RecentIds(RecentIds.Kind.ROLLOUT, ids, remembered);
        if (estimator.persistent()) {
            prompts = new BeliefStore(context.getStateStore(TopologyNames.PROMPT_FILTERS));
            datasets = new BeliefStore(context.getStateStore(TopologyNames.DATASET_FILTERS));
        }
    }

    @Override
    public void process(Record<String, List<SourcedRollout>> record) {
        List<SourcedRollout> group = record.value();
        PromptKey prompt = PromptKey.of(group.get(0).rollout());
        State before =
                estimator.persistent() ? new State(prompts.ofPrompt(prompt), datasets.ofDataset(prompt)) : State.UNSEEN;

        List<Observation> observations = observations(group, oldestBelieved(prompt, before.prompt(), group));
        GroupEstimation.Result result = estimation.estimate(before, observations);
        Estimate estimate = result.estimate();
        if (!estimate.isFinite()) {
            rejectAll(group);
            return;
        }
        long streamTime = context().currentStreamTimeMs();
        if (estimator.persistent()) {
            StoredBelief updated = stored(prompt, estimate.state().prompt(), streamTime);
            prompts.put(prompt.stored(), updated);
            datasets.put(prompt.storedDataset(), stored(prompt, estimate.state().dataset(), streamTime));
            context()
                    .forward(
                            new Record<>(prompt.stored(), updated.toRecord(prompt.promptId()), streamTime),
                            TopologyNames.BASELINES_SINK);
        }
        long observed = before.prompt() == null ? 0 : before.prompt().observations();
        for (int order = 0; order < group.size(); order++) {
            SourcedRollout member = group.get(order);
            Advantage advantage = estimate.advantages().get(order);
            byte[] sample = member.rollout()
                    .sample(
                            advantage.advantage(),
                            advantage.baseline(),
                            advantage.variance(),
                            estimator.name(),
                            order,
                            observed,
                            streamTime,
                            result.kept()[order] ? "" : estimation.filter().name());
            context()
                    .forward(
                            new Record<>(
                                    prompt.promptId(),
                                    sample,
                                    member.source().timestamp(),
                                    member.source().headers()),
                            TopologyNames.ADVANTAGES_SINK);
        }
    }

    /** Forgets their ids, so that the dead letters can be redriven once the cause is fixed. */
    private void rejectAll(List<SourcedRollout> group) {
        for (SourcedRollout member : group) {
            PromptKey prompt = PromptKey.of(member.rollout());
            seen.remove(prompt, member.rollout().rolloutId());
            closed.remove(prompt, member.rollout().groupId());
            reject(
                    member,
                    new Rejection(
                            "advantage-not-finite",
                            "reward " + member.rollout().reward() + " in group '"
                                    + member.rollout().groupId()
                                    + "' overflows in " + estimator.name()
                                    + "; scale rewards to a sensible range, such as [0, 1], and adjust the"
                                    + " estimator.* options accordingly"));
        }
    }

    private static StoredBelief stored(PromptKey prompt, Belief filter, long updatedAtMs) {
        return new StoredBelief(filter, prompt.policyName(), prompt.dataset(), updatedAtMs);
    }

    private static List<Observation> observations(List<SourcedRollout> group, long oldestBelieved) {
        List<Observation> observations = new ArrayList<>(group.size());
        for (SourcedRollout member : group) {
            EncodedRollout rollout = member.rollout();
            observations.add(new Observation(
                    rollout.reward(),
                    Math.max(oldestBelieved, oldestVersion(rollout)),
                    rollout.behaviourLogProbs(),
                    rollout.rewardComponents()));
        }
        return observations;
    }

    /**
     * The minimum version; older rollouts are treated as of this version. A belief with an announced version is
     * correct, so a rollout far behind it is late and must not move it back, as it would if no versions were announced.
     */
    private long oldestBelieved(PromptKey prompt, Belief filter, List<SourcedRollout> group) {
        long newest = filter == null ? 0 : filter.policyVersion();
        long oldest = Long.MAX_VALUE;
        for (SourcedRollout member : group) {
            long version = oldestVersion(member.rollout());
            newest = Math.max(newest, version);
            oldest = Math.min(oldest, version);
        }
        long believed = newest - VersionGap.MAX;
        boolean right = oldest < believed
                && newest <= announced.newest(prompt.policyName(), newest).orElse(-1);
        return right ? believed : 0;
    }

    /** The oldest version, as for staleness: a completion is as old as its oldest token. */
    private static long oldestVersion(EncodedRollout rollout) {
        long oldest = Long.MAX_VALUE;
        for (TokenRun run : rollout.versionRuns()) {
            oldest = Math.min(oldest, run.getPolicyVersion());
        }
        return oldest;
    }
}
