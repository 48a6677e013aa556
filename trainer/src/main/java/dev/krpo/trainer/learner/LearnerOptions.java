package dev.krpo.trainer.learner;

import dev.krpo.trainer.loss.Aggregation;

/**
 * The constants of the optimizer step.
 *
 * @param clipLow the importance ratio is clipped below at 1 - clipLow
 * @param clipHigh and above at 1 + clipHigh
 * @param klCoefficient weight of the k3 penalty; 0 skips the reference model
 * @param maxGradientNorm gradients are scaled down to this L2 norm
 */
public record LearnerOptions(
        double learningRate,
        int warmupSteps,
        double clipLow,
        double clipHigh,
        double klCoefficient,
        Aggregation aggregation,
        double maxGradientNorm,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay) {

    /** Linear warm-up to the learning rate. */
    double learningRateAt(long step) {
        return warmupSteps == 0 ? learningRate : learningRate * Math.min(1, (double) step / warmupSteps);
    }
}
