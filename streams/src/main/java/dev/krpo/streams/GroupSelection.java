package dev.krpo.streams;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.estimator.GroupFilter;
import java.util.List;

/**
 * The group filter and the reward that it looks at.
 *
 * @param component name of a reward component; empty for the total reward
 */
record GroupSelection(GroupFilter filter, String component) {

    /** Whether the rollout has the reward that the filter looks at. */
    boolean canJudge(EncodedRollout rollout) {
        return component.isEmpty() || rollout.rewardComponents().containsKey(component);
    }

    /** Whether each member is kept; all of them can be judged. */
    boolean[] keep(List<SourcedRollout> group) {
        return filter.keep(group.stream()
                .map(SourcedRollout::rollout)
                .mapToDouble(rollout -> component.isEmpty()
                        ? rollout.reward()
                        : rollout.rewardComponents().get(component))
                .toArray());
    }
}
