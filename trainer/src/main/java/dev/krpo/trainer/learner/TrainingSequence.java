package dev.krpo.trainer.learner;

/**
 * One row of a batch.
 *
 * @param prompt token ids, not empty
 * @param completion token ids, {@code [time]}, not empty
 * @param behaviourLogProbs {@code [time]}
 * @param temperature of the behaviour distribution
 */
public record TrainingSequence(
        int[] prompt, int[] completion, float[] behaviourLogProbs, double temperature, double advantage) {}
