package dev.krpo.learner.aggregate;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The aggregations by name. */
public final class Aggregations {

    public static final Services<AggregationFactory> ALL = Services.of(AggregationFactory.class, "aggregation");

    public static final Section SETTINGS = Section.of("trainer", "Aggregation", "trainer, replay");

    public static final Setting<String> NAME = SETTINGS.choice("aggregation", TokenMean.NAME, ALL)
            .doc("How numbers per token become one number: " + ALL.described() + ".");

    private Aggregations() {}

    /** The settings of all aggregations. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The aggregation as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static Aggregation of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }
}
