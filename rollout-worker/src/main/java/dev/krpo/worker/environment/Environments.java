package dev.krpo.worker.environment;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The environments by name. */
public final class Environments {

    private static final Services<EnvironmentFactory> ALL = Services.of(EnvironmentFactory.class, "environment");

    public static final Section SETTINGS = Section.of("worker", "Environment", "worker, eval");

    public static final Setting<String> NAME = SETTINGS.text("environment", SingleTurn.NAME)
            .doc("How completions become scores, in training, by krpo eval and in experiments: " + ALL.described()
                    + "; or the name of an environment of your own, in a jar in plugins/ or on KRPO_CLASSPATH.");

    private Environments() {}

    /** The settings of all environments; those that rewards share are the worker's. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The environment that the settings choose.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static EnvironmentFactory chosen(Config config) {
        return ALL.chosen(config, NAME);
    }

    /**
     * A new environment as configured; the caller closes it.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static Environment of(Config config) {
        return chosen(config).create(config);
    }
}
