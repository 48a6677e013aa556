package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * Decoupled PPO (arXiv 2110.00641; for asynchronous language models AReaL, arXiv 2505.24298): {@code -w min(r A,
 * clip(r, 1 - low, 1 + high) A)} with r the ratio to the proximal policy, which bounds the step, and w the truncated
 * weight of the proximal over the behaviour policy, which corrects for the age of the sample. With the behaviour policy
 * as the proximal one, this is {@link ClippedSurrogate}.
 */
final class DecoupledSurrogate {

    private DecoupledSurrogate() {}

    /**
     * @param proximal log-probs of the proximal policy, without gradient, {@code [batch, time]}
     * @return {@code [batch, time]}
     */
    static NDArray of(LossInput input, NDArray proximal, PolicyObjective.Limits limits) {
        LossInput step =
                LossInput.of(input.logProbs(), proximal, input.advantages(), input.mask(), limits.maxLogRatio());
        return ClippedSurrogate.of(step.ratio(), step.advantages(), limits)
                .mul(TruncatedImportance.weight(age(input, proximal, limits), limits.truncation()));
    }

    /** Ratio of the proximal over the behaviour policy. */
    static NDArray age(LossInput input, NDArray proximal, PolicyObjective.Limits limits) {
        return LossInput.of(proximal, input.behaviour(), input.advantages(), input.mask(), limits.maxLogRatio())
                .ratio();
    }
}
