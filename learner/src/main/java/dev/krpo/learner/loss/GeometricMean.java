package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * GMPO (arXiv 2507.20673, sect. 3): {@code -A} times the geometric mean of the token ratios, each clipped in log space
 * before the mean is taken, and only on the side where PPO clips: at {@code e^high} if A is positive, at {@code e^-low}
 * if it is negative. The paper clips at e^-0.4 and e^0.4. The mean itself is bounded by the dual clip if A is negative.
 */
final class GeometricMean {

    private GeometricMean() {}

    /**
     * @return {@code [batch, time]}, the same for all tokens of a completion, 0 outside the mask; its mean over them is
     *     the paper's loss
     */
    static NDArray of(LossInput input, PolicyObjective.Limits limits) {
        NDArray sign = input.advantages().sign();
        NDArray free = input.logRatio();
        NDArray clipped = free.clip(-bound(limits.clipLow()), bound(limits.clipHigh()));
        NDArray chosen = free.mul(sign).minimum(clipped.mul(sign)).mul(sign);
        NDArray mean = chosen.sum(new int[] {1}, true).div(input.lengths()).exp();
        return ClippedSurrogate.dualClip(mean.mul(input.advantages()), input.advantages(), limits.clipC())
                .neg()
                .mul(input.mask());
    }

    /** True if a token's ratio lies outside {@code [e^-low, e^high]}. */
    static NDArray outside(LossInput input, double clipLow, double clipHigh) {
        return input.logRatio().lt(-clipLow).logicalOr(input.logRatio().gt(clipHigh));
    }

    private static float bound(double clip) {
        return (float) Math.min(Float.MAX_VALUE, clip);
    }
}
