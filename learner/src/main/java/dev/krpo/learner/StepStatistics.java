package dev.krpo.learner;

/** Numbers of one optimizer step; see TrainingStep for units. */
public record StepStatistics(
        double loss,
        double policyLoss,
        double kl,
        double entropy,
        double gradientNorm,
        double clipFraction,
        double importanceRatioMean,
        double learningRate,
        long promptTokens,
        long completionTokens) {}
