package dev.krpo.learner;

/** Numbers of one optimizer step; see TrainingStep for units. */
public record StepStatistics(
        LossValues loss, double gradientNorm, double learningRate, long promptTokens, long completionTokens) {}
