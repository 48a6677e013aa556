package dev.krpo.streams;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.estimator.GroupFilter;
import dev.krpo.streams.estimator.Observation;
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

    /** Whether each completion is kept; all of them can be judged. */
    boolean[] keep(List<Observation> group) {
        return filter.keep(group.stream()
                .mapToDouble(one -> component.isEmpty()
                        ? one.reward()
                        : one.rewardComponents().get(component))
                .toArray());
    }
}
