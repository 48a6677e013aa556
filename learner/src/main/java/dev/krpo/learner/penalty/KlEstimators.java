package dev.krpo.learner.penalty;

import dev.krpo.settings.Choice;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.List;

/** The KL estimators by name, and the weight of the penalty. */
public final class KlEstimators {

    public static final Services<KlEstimatorFactory> ALL = Services.of(KlEstimatorFactory.class, "KL estimator");

    public static final Section SETTINGS = Section.of("trainer", "KL penalty", "trainer, replay");

    public static final Setting<Double> COEFFICIENT = SETTINGS.number("klCoefficient", 0)
            .atLeast(0.0)
            .inFloat32()
            .doc("Weight of the KL penalty that keeps the policy near the base model; 0 skips the reference"
                    + " model.");

    public static final Setting<String> NAME =
            SETTINGS.choice("klEstimator", K3.NAME, ALL).doc("The KL penalty: " + ALL.described() + ".");

    private KlEstimators() {}

    /** The settings of all KL estimators; those that several read come first. */
    public static List<Section> sections() {
        return Choice.sections(SETTINGS, ALL.all());
    }

    /**
     * The KL estimator as configured.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static KlEstimator of(Config config) {
        return ALL.named(config.get(NAME)).create(config);
    }
}
