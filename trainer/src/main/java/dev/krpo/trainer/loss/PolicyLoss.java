package dev.krpo.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** Losses of the policy gradient; pure functions of {@code [batch, time]} arrays that autograd differentiates. */
public final class PolicyLoss {

    private PolicyLoss() {}

    /** exp(new - behaviour) where the mask is 1, and 1 elsewhere. */
    public static NDArray importanceRatio(NDArray logProbs, NDArray behaviourLogProbs, NDArray mask) {
        sameShape("logProbs", logProbs, "behaviourLogProbs", behaviourLogProbs);
        sameShape("logProbs", logProbs, "mask", mask);
        return logProbs.sub(behaviourLogProbs).mul(mask).exp();
    }

    /**
     * Clipped surrogate per token (PPO, arXiv 1707.06347, eq. 7), with separate lower and upper clip ranges (DAPO, arXiv
     * 2503.14476, eq. 10): {@code -min(ratio A, clip(ratio, 1 - low, 1 + high) A)}.
     *
     * @param ratio importance ratio {@code [batch, time]}
     * @param advantages {@code [batch, 1]}
     * @param clipLow > 0; infinity does not clip
     * @param clipHigh > 0; infinity does not clip
     * @return {@code [batch, time]}
     */
    public static NDArray clippedSurrogate(NDArray ratio, NDArray advantages, double clipLow, double clipHigh) {
        Shape expected = new Shape(ratio.getShape().get(0), 1);
        if (!advantages.getShape().equals(expected)) {
            throw new IllegalArgumentException("advantages are " + advantages.getShape() + ", ratio is "
                    + ratio.getShape() + "; " + expected + " is needed");
        }
        float lowest = (float) Math.max(0, 1 - clipLow);
        float highest = (float) Math.min(Float.MAX_VALUE, 1 + clipHigh);
        NDArray free = ratio.mul(advantages);
        NDArray clipped = ratio.clip(lowest, highest).mul(advantages);
        return free.minimum(clipped).neg();
    }

    /**
     * The k3 estimate of KL(policy || reference) per token (Schulman 2020, "Approximating KL divergence"; GRPO, arXiv
     * 2402.03300, eq. 4): {@code exp(d) - d - 1} with d = reference - policy log-prob. Zero outside the mask.
     */
    public static NDArray k3(NDArray logProbs, NDArray referenceLogProbs, NDArray mask) {
        sameShape("logProbs", logProbs, "referenceLogProbs", referenceLogProbs);
        sameShape("logProbs", logProbs, "mask", mask);
        NDArray difference = referenceLogProbs.sub(logProbs).mul(mask);
        return difference.exp().sub(difference).sub(1);
    }

    /** The smallest and the largest ratio that {@link #clippedSurrogate} lets through are given by the two ranges. */
    public static NDArray outsideClipRange(NDArray ratio, double clipLow, double clipHigh) {
        return ratio.lt(1 - clipLow).logicalOr(ratio.gt(1 + clipHigh));
    }

    private static void sameShape(String leftName, NDArray left, String rightName, NDArray right) {
        if (!left.getShape().equals(right.getShape())) {
            throw new IllegalArgumentException(leftName + " is " + left.getShape() + ", " + rightName + " is "
                    + right.getShape() + "; both must be [batch, time]");
        }
    }
}
