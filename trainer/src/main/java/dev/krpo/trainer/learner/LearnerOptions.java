package dev.krpo.trainer.learner;

import dev.krpo.trainer.loss.Aggregation;
import dev.krpo.trainer.loss.PolicyObjective;
import dev.krpo.trainer.loss.PolicyObjective.Limits;

/**
 * The constants of the optimizer step.
 *
 * @param objective what an off-policy token counts
 * @param limits of its importance ratios
 * @param klCoefficient weight of the k3 penalty; 0 skips the reference model
 * @param maxGradientNorm gradients are scaled down to this L2 norm
 */
public record LearnerOptions(
        double learningRate,
        int warmupSteps,
        PolicyObjective objective,
        Limits limits,
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
