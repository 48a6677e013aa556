package dev.krpo.learner;

/**
 * One row of a batch.
 *
 * @param prompt token ids, not empty
 * @param completion token ids, {@code [time]}, not empty
 * @param behaviourLogProbs of the whole vocabulary at the temperature, as the learner computes its own, {@code [time]}
 * @param temperature of the behaviour distribution
 */
public record TrainingSequence(
        int[] prompt, int[] completion, float[] behaviourLogProbs, double temperature, double advantage) {

    /**
     * Log-probabilities under the whole vocabulary of tokens that were drawn from a nucleus of it.
     *
     * @param logProbs under the nucleus, {@code [time]}
     * @param nucleusLogMass logarithm of the probability of the nucleus, {@code [time]}, or empty if the whole
     *     vocabulary was used
     */
    public static float[] wholeVocabulary(float[] logProbs, float[] nucleusLogMass) {
        if (nucleusLogMass.length == 0) {
            return logProbs;
        }
        float[] whole = new float[logProbs.length];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = logProbs[i] + nucleusLogMass[i];
        }
        return whole;
    }
}
