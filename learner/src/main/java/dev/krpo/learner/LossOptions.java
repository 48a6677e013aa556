package dev.krpo.learner;

import dev.krpo.learner.loss.AdvantageNormalization;
import dev.krpo.learner.loss.Aggregation;
import dev.krpo.learner.loss.KlEstimator;
import dev.krpo.learner.loss.PolicyObjective;
import dev.krpo.learner.loss.PolicyObjective.Limits;

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
