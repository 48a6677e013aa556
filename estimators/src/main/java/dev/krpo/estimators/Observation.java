package dev.krpo.estimators;

import java.util.Map;

/**
 * One scored completion.
 *
 * @param reward total reward of a completion, finite, in the user's units
 * @param policyVersion oldest policy version that generated any of the completion's tokens, >= 0
 * @param logProbs natural log-probability of each token under the distribution it was drawn from, [time], not empty,
 *     each <= 0 up to rounding
 * @param rewardComponents named parts of the reward, finite; may be empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record Observation(double reward, long policyVersion, float[] logProbs, Map<String, Double> rewardComponents) {

    /** For estimators that use neither log-probabilities nor components: one token of probability 1, no components. */
    public Observation(double reward, long policyVersion) {
        this(reward, policyVersion, new float[1], Map.of());
    }

    /** Number of tokens in the completion. */
    public int length() {
        return logProbs.length;
    }
}
