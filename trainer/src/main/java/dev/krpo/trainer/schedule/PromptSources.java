package dev.krpo.trainer.schedule;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The prompt sources by name. */
public final class PromptSources {

    private static final Services<PromptSourceFactory> ALL = Services.of(PromptSourceFactory.class, "curriculum");

    public static final Section SETTINGS = Section.of("scheduler", "Curriculum", "trainer");

    public static final Setting<String> NAME =
            SETTINGS.choice("curriculum", ShuffledPrompts.NAME, ALL).doc("Prompt selection: " + ALL.described() + ".");

    private PromptSources() {}

    /** The settings of all prompt sources. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The prompt source as configured, without prompts.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static PromptSource of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }

    /** True if prompts are drawn by their beliefs in {@code baselines}. */
    public static boolean usesBeliefs(Config config) {
        return ALL.named(config.get(NAME)).usesBeliefs();
    }
}
