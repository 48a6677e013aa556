package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/**
 * Input of a policy loss.
 *
 * @param logProbs of the policy in training, differentiable, {@code [batch, time]}
 * @param behaviour log-probs recorded when the tokens were drawn, each under the version that drew it, {@code [batch,
 *     time]}
 * @param advantages {@code [batch, 1]}
 * @param mask 1 for completion tokens, {@code [batch, time]}; each row has at least one
 * @param maxLogRatio bound of the absolute log-ratio; infinity means unbounded
 * @param logRatio logProbs - behaviour, bounded on both sides, 0 outside the mask, {@code [batch, time]}
 * @param ratio exp(logRatio): the importance ratio of each token, 1 outside the mask, {@code [batch, time]}
 */
public record LossInput(
        NDArray logProbs,
        NDArray behaviour,
        NDArray advantages,
        NDArray mask,
        double maxLogRatio,
        NDArray logRatio,
        NDArray ratio) {

    /**
     * @param maxLogRatio bound of the absolute log-ratio, beyond which no gradient flows through a token's ratio;
     *     infinity means unbounded
     * @throws IllegalArgumentException if the shapes do not match, naming them
     */
    public static LossInput of(
            NDArray logProbs, NDArray behaviour, NDArray advantages, NDArray mask, double maxLogRatio) {
        Shapes.same("logProbs", logProbs, "behaviour", behaviour);
        Shapes.same("logProbs", logProbs, "mask", mask);
        Shapes.column("advantages", advantages, logProbs);
        NDArray free = logProbs.sub(behaviour).mul(mask);
        NDArray logRatio = Double.isInfinite(maxLogRatio) ? free : free.clip((float) -maxLogRatio, (float) maxLogRatio);
        return new LossInput(logProbs, behaviour, advantages, mask, maxLogRatio, logRatio, logRatio.exp());
    }

    /** With the ratios of another policy to the behaviour policy, from its log-probs {@code [batch, time]}. */
    LossInput withLogProbs(NDArray other) {
        return of(other, behaviour, advantages, mask, maxLogRatio);
    }

    /** With the ratios to another policy, from its log-probs {@code [batch, time]}. */
    LossInput withBehaviour(NDArray other) {
        return of(logProbs, other, advantages, mask, maxLogRatio);
    }

    /**
     * Sum of the tokens' log-ratios: the log of how much more probable the whole completion has become, {@code [batch,
     * 1]}.
     */
    public NDArray sequenceLogRatio() {
        return logRatio.sum(new int[] {1}, true);
    }

    /** Tokens of each completion, {@code [batch, 1]}. */
    public NDArray lengths() {
        return mask.sum(new int[] {1}, true);
    }
}
