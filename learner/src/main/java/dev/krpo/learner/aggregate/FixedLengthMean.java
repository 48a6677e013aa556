package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;

/**
 * The sum over tokens divided by batch times a constant (Dr. GRPO, arXiv 2503.20783, sect. 3): unlike with a mean, the
 * divisor does not depend on completion length, so that no length is favoured.
 *
 * @param maxTokens the constant, at least 1; the longest completion that may be drawn
 */
public record FixedLengthMean(int maxTokens) implements Aggregation {

    static final String NAME = "constant";

    public FixedLengthMean {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + "; at least 1 is needed");
        }
    }

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        // Dividing a scalar by a double would produce float64.
        return perToken.mul(mask).sum().div((float) (mask.getShape().get(0) * maxTokens));
    }
}
