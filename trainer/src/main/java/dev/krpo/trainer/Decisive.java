package dev.krpo.trainer;

import ai.djl.engine.Engine;
import dev.krpo.learner.RecordedOptions;
import dev.krpo.policy.Policy;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.util.LinkedHashMap;
import java.util.Map;

/** What, beside weights, samples and threads, decides the bits that a step gives; recorded with each step. */
final class Decisive {

    static final String ENGINE = "engine";
    static final String DEVICE = "device";

    private Decisive() {}

    static Map<String, String> settings(TrainerSettings settings, Policy policy) {
        Map<String, String> decisive = new LinkedHashMap<>(
                RecordedOptions.of(settings.config(), settings.get(SchedulerSettings.MAX_NEW_TOKENS)));
        Engine engine = Engine.getInstance();
        decisive.put(ENGINE, engine.getEngineName() + " " + engine.getVersion());
        decisive.put(DEVICE, policy.manager().getDevice().getDeviceType());
        return decisive;
    }
}
