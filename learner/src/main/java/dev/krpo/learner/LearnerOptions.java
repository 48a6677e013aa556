package dev.krpo.learner;

/**
 * The constants of the optimizer step.
 *
 * @param maxGradientNorm gradients are scaled down to this L2 norm
 */
public record LearnerOptions(
        double learningRate,
        int warmupSteps,
        LossOptions loss,
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
