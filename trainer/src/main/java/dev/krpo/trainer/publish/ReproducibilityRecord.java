package dev.krpo.trainer.publish;

import ai.djl.engine.Engine;
import dev.krpo.learner.RecordedOptions;
import dev.krpo.policy.Policy;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything besides weights, samples and thread count that determines a step's exact result; recorded with each step.
 */
public final class ReproducibilityRecord {

    public static final String ENGINE = "engine";
    public static final String DEVICE = "device";

    private ReproducibilityRecord() {}

    public static Map<String, String> settings(TrainerSettings settings, Policy policy) {
        Map<String, String> decisive = new LinkedHashMap<>(
                RecordedOptions.of(settings.config(), settings.get(SchedulerSettings.MAX_NEW_TOKENS)));
        Engine engine = Engine.getInstance();
        decisive.put(ENGINE, engine.getEngineName() + " " + engine.getVersion());
        decisive.put(DEVICE, policy.manager().getDevice().getDeviceType());
        return decisive;
    }
}
