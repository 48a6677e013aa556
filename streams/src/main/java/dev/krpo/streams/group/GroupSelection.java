package dev.krpo.streams.group;

import dev.krpo.estimators.Observation;
import dev.krpo.estimators.SampleFilter;
import dev.krpo.estimators.SampleFilters;
import dev.krpo.settings.Config;
import java.util.List;
import java.util.Map;

/**
 * The sample filter and the reward that it compares.
 *
 * @param component name of a reward component; empty for the total reward
 */
public record GroupSelection(SampleFilter filter, String component) {

    static GroupSelection of(Config config) {
        SampleFilter filter = SampleFilters.of(config);
        String component = config.get(SampleFilters.COMPONENT).orElse("");
        return new GroupSelection(filter, filter == SampleFilter.NONE ? "" : component);
    }

    /** True if there is no filter. */
    boolean keepsAll() {
        return filter == SampleFilter.NONE;
    }

    /** True if a completion has the reward that the filter compares. */
    boolean canJudge(Map<String, Double> rewardComponents) {
        return component.isEmpty() || rewardComponents.containsKey(component);
    }

    /** Which completions are kept; each must have the compared reward. */
    boolean[] keep(List<Observation> group) {
        return filter.keep(group.stream()
                .mapToDouble(one -> component.isEmpty()
                        ? one.reward()
                        : one.rewardComponents().get(component))
                .toArray());
    }
}
