package dev.krpo.streams.estimator;

import java.util.Map;

/**
 * One scored completion.
 *
 * @param reward total reward of a completion, finite, in the user's units
 * @param policyVersion oldest policy version that generated a part of the completion, >= 0
 * @param length of the completion in tokens, > 0
 * @param rewardComponents named parts of the reward, finite; may be empty
 */
public record Observation(double reward, long policyVersion, int length, Map<String, Double> rewardComponents) {

    /** For estimators that ask for neither: a completion of one token whose reward has no parts. */
    public Observation(double reward, long policyVersion) {
        this(reward, policyVersion, 1, Map.of());
    }
}
