package dev.krpo.trainer.loss;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;

/** How much a token counts whose policy is no longer the one that is trained. */
public enum PolicyObjective {
    /** PPO's clipped surrogate: {@link PolicyLoss#clippedSurrogate}. */
    CLIPPED("clipped") {
        @Override
        public NDArray apply(NDArray logProbs, NDArray behaviour, NDArray advantages, NDArray mask, Limits limits) {
            NDArray ratio = PolicyLoss.importanceRatio(logProbs, behaviour, mask);
            return PolicyLoss.clippedSurrogate(ratio, advantages, limits.clipLow(), limits.clipHigh());
        }
    },
    /** Truncated importance sampling: {@link PolicyLoss#truncatedImportance}. */
    TRUNCATED_IS("truncated-is") {
        @Override
        public NDArray apply(NDArray logProbs, NDArray behaviour, NDArray advantages, NDArray mask, Limits limits) {
            return PolicyLoss.truncatedImportance(logProbs, behaviour, advantages, mask, limits.truncation());
        }
    },
    /**
     * Decoupled PPO: {@link PolicyLoss#decoupled} with the policy at the start of the step as the proximal one. A step here is one
     * gradient, at the proximal policy itself, so that the clip range bounds nothing and the weight does all.
     */
    DECOUPLED("decoupled") {
        @Override
        public NDArray apply(NDArray logProbs, NDArray behaviour, NDArray advantages, NDArray mask, Limits limits) {
            return PolicyLoss.decoupled(logProbs, logProbs.stopGradient(), behaviour, advantages, mask, limits);
        }
    };

    private final String text;

    /**
     * @param clipLow the ratio is clipped below at 1 - clipLow
     * @param clipHigh and above at 1 + clipHigh
     * @param truncation the most that an importance weight counts; infinity does not truncate
     */
    public record Limits(double clipLow, double clipHigh, double truncation) {}

    PolicyObjective(String text) {
        this.text = text;
    }

    /**
     * The loss of each token.
     *
     * @param logProbs of the policy in training, {@code [batch, time]}
     * @param behaviour log-probs recorded when the tokens were drawn, each of the version that drew it, {@code [batch, time]}
     * @param advantages {@code [batch, 1]}
     * @param mask 1 for completion tokens, {@code [batch, time]}
     * @return {@code [batch, time]}
     */
    public abstract NDArray apply(NDArray logProbs, NDArray behaviour, NDArray advantages, NDArray mask, Limits limits);

    public static List<String> names() {
        return Arrays.stream(values()).map(value -> value.text).toList();
    }

    public static PolicyObjective named(String name) {
        return Arrays.stream(values())
                .filter(value -> value.text.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("policy loss '" + name + "'; known: " + names()));
    }
}
