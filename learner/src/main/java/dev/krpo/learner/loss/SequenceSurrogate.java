package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * GSPO (arXiv 2507.18071, eq. 5 and 7): the clipped surrogate of the completion's length-normalised ratio {@code s =
 * exp(mean over tokens of log ratio)}. Its clip ranges are some 500 times smaller than those of token ratios: 3e-4
 * below and 4e-4 above in the paper. GSPO-token (eq. 13) has the same value and gradient while a completion has one
 * advantage, as here, and is therefore not a separate loss.
 */
final class SequenceSurrogate {

    private SequenceSurrogate() {}

    /**
     * @return {@code [batch, time]}, the same for all tokens of a completion, 0 outside the mask; its mean over them is
     *     the paper's loss
     */
    static NDArray of(LossInput input, PolicyObjective.Limits limits) {
        return ClippedSurrogate.of(ratio(input), input.advantages(), limits).mul(input.mask());
    }

    /** s, {@code [batch, 1]}. */
    static NDArray ratio(LossInput input) {
        return input.sequenceLogRatio().div(input.lengths()).exp();
    }
}
