package dev.krpo.estimators;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;
import java.util.Optional;

/** The group filters by name. */
public final class SampleFilters {

    private static final Services<SampleFilterFactory> ALL = Services.of(SampleFilterFactory.class, "group filter");

    public static final Section SETTINGS = Section.of("estimator", "Group filter", "streams");

    public static final Setting<String> NAME = SETTINGS.choice("filter", SampleFilter.NONE.name(), ALL)
            .doc("Which completions of a group are left out of training: " + ALL.described()
                    + ". Samples left out go to advantages under the filter's name, and others are generated in their"
                    + " place. A filter waits for the whole group, whatever the estimator, and needs"
                    + " scheduler.groupSize >= 2.");

    public static final Setting<Optional<String>> COMPONENT = SETTINGS.optionalText("filterComponent")
            .doc("The reward component that the filter compares, such as exact-match if the total also"
                    + " penalises length; the total reward if not set.");

    private SampleFilters() {}

    /** The settings of all filters, shared ones first. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The filter as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static SampleFilter of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }
}
