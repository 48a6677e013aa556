package dev.krpo.learner.loss;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The policy losses by name, and the bound that applies to all of them. */
public final class PolicyLosses {

    public static final Services<PolicyLossFactory> ALL = Services.of(PolicyLossFactory.class, "policy loss");

    public static final Section SETTINGS = Section.of("trainer", "Policy loss", "trainer, replay");

    public static final Setting<String> NAME = SETTINGS.choice("policyLoss", ClippedSurrogate.NAME, ALL)
            .doc("How off-policy tokens are weighted: " + ALL.described() + ". The page on losses has the formulas.");

    public static final Setting<Double> MAX_LOG_RATIO = SETTINGS.number("maxLogRatio", 20)
            .above(0.0)
            .orInfinity()
            .unit("nats")
            .doc("Maximum absolute log importance ratio, applied before exp; Infinity disables the bound.");

    private PolicyLosses() {}

    /** The settings of all policy losses; those that several read come first. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The policy loss as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static PolicyLoss of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }
}
