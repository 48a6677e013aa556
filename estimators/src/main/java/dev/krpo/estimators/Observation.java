package dev.krpo.estimators;

import java.util.Map;

/**
 * One scored completion.
 *
 * @param reward total reward of a completion, finite, in the user's units
 * @param policyVersion oldest policy version that generated a part of the completion, >= 0
 * @param logProbs natural log-probability of each token under the distribution it was drawn from, [time], not empty,
 *     each <= 0 but for rounding
 * @param rewardComponents named parts of the reward, finite; may be empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record Observation(double reward, long policyVersion, float[] logProbs, Map<String, Double> rewardComponents) {

    /**
     * For estimators that ask for neither: a completion of one token that could not be another, whose reward has no
     * parts.
     */
    public Observation(double reward, long policyVersion) {
        this(reward, policyVersion, new float[1], Map.of());
    }

    /** Tokens of the completion. */
    public int length() {
        return logProbs.length;
    }
}
