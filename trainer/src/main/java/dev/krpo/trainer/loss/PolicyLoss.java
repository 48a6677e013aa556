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
     * Truncated importance sampling per token (the policy gradient of IMPALA, arXiv 1802.01561, sect. 4.2):
     * {@code -min(ratio, truncation) A} in value, with the gradient {@code -min(ratio, truncation) A grad log pi}. Unlike
     * clipping it never takes a token's gradient away, and unlike plain importance sampling its variance is bounded.
     *
     * @param logProbs {@code [batch, time]}
     * @param behaviourLogProbs {@code [batch, time]}
     * @param advantages {@code [batch, 1]}
     * @param mask {@code [batch, time]}
     * @param truncation > 0; infinity gives plain importance sampling
     * @return {@code [batch, time]}
     */
    public static NDArray truncatedImportance(
            NDArray logProbs, NDArray behaviourLogProbs, NDArray advantages, NDArray mask, double truncation) {
        NDArray here = logProbs.stopGradient();
        NDArray weight = truncated(importanceRatio(here, behaviourLogProbs, mask), truncation);
        return importanceRatio(logProbs, here, mask).mul(weight).mul(advantages).neg();
    }

    /**
     * Decoupled PPO per token (arXiv 2110.00641; for asynchronous language models AReaL, arXiv 2505.24298):
     * {@code -w min(r A, clip(r, 1 - low, 1 + high) A)} with r the ratio to the proximal policy, which bounds the step, and w the
     * truncated weight of the proximal over the behaviour policy, which corrects for the age of the sample. With the behaviour
     * policy as the proximal one it is {@link #clippedSurrogate}.
     *
     * @param proximalLogProbs without gradient, {@code [batch, time]}
     * @return {@code [batch, time]}
     */
    public static NDArray decoupled(
            NDArray logProbs,
            NDArray proximalLogProbs,
            NDArray behaviourLogProbs,
            NDArray advantages,
            NDArray mask,
            PolicyObjective.Limits limits) {
        NDArray weight = truncated(importanceRatio(proximalLogProbs, behaviourLogProbs, mask), limits.truncation());
        NDArray ratio = importanceRatio(logProbs, proximalLogProbs, mask);
        return clippedSurrogate(ratio, advantages, limits.clipLow(), limits.clipHigh())
                .mul(weight);
    }

    private static NDArray truncated(NDArray ratio, double truncation) {
        return ratio.minimum((float) Math.min(Float.MAX_VALUE, truncation));
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
