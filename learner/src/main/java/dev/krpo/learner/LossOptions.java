package dev.krpo.learner;

import dev.krpo.learner.aggregate.Aggregation;
import dev.krpo.learner.aggregate.Aggregations;
import dev.krpo.learner.loss.PolicyLoss;
import dev.krpo.learner.loss.PolicyLosses;
import dev.krpo.learner.normalize.AdvantageNormalization;
import dev.krpo.learner.normalize.AdvantageNormalizations;
import dev.krpo.learner.penalty.KlEstimator;
import dev.krpo.learner.penalty.KlEstimators;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;
import java.util.stream.Stream;

/**
 * Options of the training objective: policy loss + klCoefficient KL - entropyCoefficient entropy, each aggregated in
 * the same way. Each component is documented by its setting.
 */
public record LossOptions(
        AdvantageNormalization normalization,
        PolicyLoss policyLoss,
        double maxLogRatio,
        Aggregation aggregation,
        KlEstimator klEstimator,
        double klCoefficient,
        double entropyCoefficient) {

    public static final Section SETTINGS = Section.of("trainer", "Entropy bonus", "trainer, replay");

    private static final Setting<Double> ENTROPY_COEFFICIENT = SETTINGS.number("entropyCoefficient", 0)
            .atLeast(0.0)
            .inFloat32()
            .doc("Weight of the bonus for the entropy of the policy at each position in nats; 0 skips it.");

    /** The settings of the loss and of all that can be chosen for it. */
    static List<Section> sections() {
        return Stream.of(
                        PolicyLosses.sections(),
                        Aggregations.sections(),
                        KlEstimators.sections(),
                        List.of(SETTINGS),
                        AdvantageNormalizations.sections())
                .flatMap(List::stream)
                .toList();
    }

    static LossOptions of(Config config) {
        return new LossOptions(
                AdvantageNormalizations.of(config),
                PolicyLosses.of(config),
                config.get(PolicyLosses.MAX_LOG_RATIO),
                Aggregations.of(config),
                KlEstimators.of(config),
                config.get(KlEstimators.COEFFICIENT),
                config.get(ENTROPY_COEFFICIENT));
    }
}
