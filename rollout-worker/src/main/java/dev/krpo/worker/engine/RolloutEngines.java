package dev.krpo.worker.engine;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The rollout engines by name. */
public final class RolloutEngines {

    private static final Services<RolloutEngineFactory> ALL = Services.of(RolloutEngineFactory.class, "rollout engine");

    public static final Section SETTINGS = Section.of("worker", "Rollout engine", "worker");

    public static final Setting<String> NAME = SETTINGS.text("engine", LocalEngine.NAME)
            .doc("Generates completions: " + ALL.described()
                    + "; or the name of an engine of your own, in a jar in plugins/ or on KRPO_CLASSPATH"
                    + " (docs/use/your-engine.md).");

    private RolloutEngines() {}

    /** The settings of all engines. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The engine that the settings choose.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static RolloutEngineFactory chosen(Config config) {
        return ALL.chosen(config, NAME);
    }
}
