package dev.krpo.learner;

import dev.krpo.settings.Config;
import dev.krpo.settings.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The settings of optimizer and loss as recorded with each step, so that it can be replayed. */
public final class RecordedOptions {

    private static final List<Setting<?>> DECISIVE = Stream.concat(
                    LearnerOptions.SETTINGS.settings().stream(), LossOptions.SETTINGS.settings().stream())
            .toList();

    private RecordedOptions() {}

    /** @param maxNewTokens maximum length of a completion, in tokens */
    public static Map<String, String> of(Config config, int maxNewTokens) {
        Map<String, String> recorded = new LinkedHashMap<>();
        DECISIVE.forEach(setting -> recorded.put(setting.key(), config.canonical(setting)));
        recorded.put(LossOptions.MAX_TOKENS.key(), String.valueOf(LossOptions.maxTokens(config, maxNewTokens)));
        return recorded;
    }

    /**
     * {@code config} with the options of a recorded step. Options that an earlier release could not record keep that
     * release's behaviour: the default, or no bound where the bound was added later. A step without any recorded
     * options leaves the other settings unchanged.
     */
    public static Config replaying(Config config, Map<String, String> recorded) {
        Config step = recorded.isEmpty() ? config : config.without(DECISIVE.toArray(Setting<?>[]::new));
        Config given = Config.of(recorded, "the recorded step");
        return step.with(LossOptions.CLIP_C, Double.POSITIVE_INFINITY)
                .with(LossOptions.MAX_LOG_RATIO, Double.POSITIVE_INFINITY)
                .with(given.only(DECISIVE));
    }
}
