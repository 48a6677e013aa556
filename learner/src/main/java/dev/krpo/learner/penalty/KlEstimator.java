package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.learner.loss.Shapes;

/**
 * KL(policy || reference) per token, nats, as a loss. With d = reference - policy log-prob of a token drawn from the
 * policy, k1, k2 and k3 (Schulman 2020, "Approximating KL divergence") estimate the value; in a loss, only the gradient
 * matters. The gradient of KL is {@code E[-d grad log pi]}, which k2 has and k3 has to first order in d. All assume
 * that the tokens were drawn from the policy; stale samples are not weighted.
 */
public enum KlEstimator {
    /**
     * {@code -d}: unbiased, maximum variance, may be negative. Its own gradient, {@code grad log pi}, is 0 in
     * expectation and would restrain nothing; here it has the gradient of {@link #K2}, which is equivalent to a k1
     * penalty in the reward (verl's "k1+").
     */
    K1 {
        @Override
        public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
            NDArray square = K2.apply(policy, reference, mask);
            NDArray value = difference(policy, reference, mask).neg().stopGradient();
            return square.sub(square.stopGradient()).add(value);
        }
    },
    /** {@code d^2 / 2}: biased, low variance; in expectation it has the gradient of KL. */
    K2 {
        @Override
        public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
            return difference(policy, reference, mask).square().mul(0.5f);
        }
    },
    /**
     * {@code exp(d) - d - 1} (GRPO, arXiv 2402.03300, eq. 4): unbiased, low variance, never negative. In expectation it
     * has the gradient of KL(reference || policy).
     */
    K3 {
        @Override
        public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
            // Above this, sums of exp overflow float32; below, nothing overflows, and a bound would cut off the
            // gradient.
            NDArray difference = difference(policy, reference, mask).minimum(MAX_DIFFERENCE);
            return difference.exp().sub(difference).sub(1);
        }
    },
    /**
     * The sum over the vocabulary at each position of the sample: the only variance is that of the positions. The
     * gradient is that of the next token's divergence; it ignores that the policy also determines which positions are
     * reached.
     */
    DIRECT {
        @Override
        public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
            NDArray here = policy.distribution();
            return here.exp()
                    .mul(here.sub(reference.distribution()))
                    .sum(new int[] {2})
                    .mul(mask);
        }
    };

    private static final float MAX_DIFFERENCE = 20;

    /**
     * @param policy differentiable
     * @param reference without gradient
     * @param mask 1 for completion tokens, {@code [batch, time]}
     * @return {@code [batch, time]}, 0 outside the mask
     */
    public abstract NDArray apply(Predictions policy, Predictions reference, NDArray mask);

    private static NDArray difference(Predictions policy, Predictions reference, NDArray mask) {
        Shapes.same("logProbs", policy.logProbs(), "reference", reference.logProbs());
        Shapes.same("logProbs", policy.logProbs(), "mask", mask);
        return reference.logProbs().sub(policy.logProbs()).mul(mask);
    }
}
