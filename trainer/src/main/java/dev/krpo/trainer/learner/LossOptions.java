package dev.krpo.trainer.learner;

import dev.krpo.trainer.loss.AdvantageNormalization;
import dev.krpo.trainer.loss.Aggregation;
import dev.krpo.trainer.loss.KlEstimator;
import dev.krpo.trainer.loss.PolicyObjective;
import dev.krpo.trainer.loss.PolicyObjective.Limits;

/**
 * What is differentiated: policy loss + klCoefficient KL - entropyCoefficient entropy, each aggregated alike.
 *
 * @param normalization of the batch's advantages, before all else
 * @param objective what an off-policy token counts
 * @param limits of its importance ratios
 * @param klCoefficient 0 skips the reference model
 * @param entropyCoefficient 0 skips the entropy
 */
public record LossOptions(
        AdvantageNormalization normalization,
        PolicyObjective objective,
        Limits limits,
        Aggregation aggregation,
        KlEstimator klEstimator,
        double klCoefficient,
        double entropyCoefficient) {}
