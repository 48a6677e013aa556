package dev.krpo.streams.estimator;

/**
 * One reward.
 *
 * @param reward total reward of a completion, finite, in the user's units
 * @param policyVersion oldest policy version that generated a part of the completion, >= 0
 */
public record Observation(double reward, long policyVersion) {}
