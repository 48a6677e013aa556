package dev.krpo.learner.normalize;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The normalisations of advantages by name. */
public final class AdvantageNormalizations {

    public static final Services<AdvantageNormalizationFactory> ALL =
            Services.of(AdvantageNormalizationFactory.class, "advantage normalisation");

    public static final Section SETTINGS = Section.of("trainer", "Advantage normalisation", "trainer, replay");

    public static final Setting<String> NAME = SETTINGS.choice("advantageNormalization", NoNormalization.NAME, ALL)
            .doc("Normalisation of a batch's advantages before the loss: " + ALL.described() + ".");

    private AdvantageNormalizations() {}

    /** The settings of all normalisations. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The normalisation as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static AdvantageNormalization of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }
}
