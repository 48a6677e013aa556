package dev.krpo.estimators;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** The group filters by name. */
public final class SampleFilters {

    private static final Map<String, Function<Config, SampleFilter>> ALL = new TreeMap<>(Map.of(
            SampleFilter.NONE.name(),
            config -> SampleFilter.NONE,
            EqualRewardsFilter.REINFORCE_REJ,
            config -> new EqualRewardsFilter(EqualRewardsFilter.REINFORCE_REJ),
            EqualRewardsFilter.DYNAMIC_SAMPLING,
            config -> new EqualRewardsFilter(EqualRewardsFilter.DYNAMIC_SAMPLING),
            PodsFilter.NAME,
            config -> new PodsFilter(config.get(PodsFilter.KEEP))));

    public static final Section SETTINGS = Section.of("estimator", "Group filter", "streams");

    public static final Setting<String> NAME = SETTINGS.choice("filter", SampleFilter.NONE.name(), ALL.keySet())
            .doc("Which completions of a group are left out of training: none; reinforce-rej and dynamic-sampling (two"
                    + " names of one filter) = all of a group whose rewards are equal, such as all right or all"
                    + " wrong; pods = all but the podsKeep with the largest variance of reward. Samples left out go"
                    + " to advantages under the filter's name, and others are generated in their place. A filter"
                    + " waits for the whole group, whatever the estimator, and needs scheduler.groupSize >= 2.");

    public static final Setting<Optional<String>> COMPONENT = SETTINGS.optionalText("filterComponent")
            .doc("The reward component that the filter looks at, such as exact-match when the total also punishes"
                    + " length; the total reward if not set.");

    private SampleFilters() {}

    /**
     * The filter as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static SampleFilter of(Config config) {
        return ALL.get(config.get(NAME)).apply(config);
    }
}
