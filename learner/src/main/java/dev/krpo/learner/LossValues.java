package dev.krpo.learner;

/**
 * The values of one batch's loss; see TrainingStep for units.
 *
 * @param total the minimised value
 * @param policyLoss the part without penalties
 * @param kl mean k3 estimate per token; 0 without a reference
 * @param entropy of the behaviour policy, estimated from the tokens drawn
 * @param clipFraction share of the tokens bounded by a limit
 * @param importanceRatioMean over the tokens
 */
public record LossValues(
        double total, double policyLoss, double kl, double entropy, double clipFraction, double importanceRatioMean) {}
