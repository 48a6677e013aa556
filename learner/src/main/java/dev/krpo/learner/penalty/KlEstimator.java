package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;

/**
 * KL(policy || reference) per token, nats, as a loss. With d = reference - policy log-prob of a token drawn from the
 * policy, {@link K1}, {@link K2} and {@link K3} (Schulman 2020, "Approximating KL divergence") estimate the value; in a
 * loss, only the gradient matters. The gradient of KL is {@code E[-d grad log pi]}, which k2 has and k3 has to first
 * order in d. All assume that the tokens were drawn from the policy; stale samples are not weighted. Immutable.
 */
public interface KlEstimator {

    /**
     * @param policy differentiable
     * @param reference without gradient
     * @param mask 1 for completion tokens, {@code [batch, time]}
     * @return {@code [batch, time]}, 0 outside the mask
     */
    NDArray apply(Predictions policy, Predictions reference, NDArray mask);
}
