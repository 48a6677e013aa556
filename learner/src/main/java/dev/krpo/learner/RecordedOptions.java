package dev.krpo.learner;

import dev.krpo.settings.Config;
import dev.krpo.settings.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The settings of optimizer and loss as each step records them, so that it can be replayed. */
public final class RecordedOptions {

    private static final List<Setting<?>> DECISIVE = Stream.concat(
                    LearnerOptions.SETTINGS.settings().stream(), LossOptions.SETTINGS.settings().stream())
            .toList();

    private RecordedOptions() {}

    /** @param maxNewTokens of a completion */
    public static Map<String, String> of(Config config, int maxNewTokens) {
        Map<String, String> recorded = new LinkedHashMap<>();
        DECISIVE.forEach(setting -> recorded.put(setting.key(), config.canonical(setting)));
        recorded.put(LossOptions.MAX_TOKENS.key(), String.valueOf(LossOptions.maxTokens(config, maxNewTokens)));
        return recorded;
    }

    /**
     * {@code config} with the options of a recorded step. What a step of an earlier release could not record is as that
     * release did it: at its default, or without a bound that came later. A step that recorded none at all leaves the
     * other settings as they are.
     */
    public static Config replaying(Config config, Map<String, String> recorded) {
        Config step = recorded.isEmpty() ? config : config.without(DECISIVE.toArray(Setting<?>[]::new));
        Config given = Config.of(recorded, "the recorded step");
        return step.with(LossOptions.CLIP_C, Double.POSITIVE_INFINITY)
                .with(LossOptions.MAX_LOG_RATIO, Double.POSITIVE_INFINITY)
                .with(given.only(DECISIVE));
    }
}
