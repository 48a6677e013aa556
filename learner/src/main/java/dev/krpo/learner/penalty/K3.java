package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/**
 * {@code exp(d) - d - 1} (GRPO, arXiv 2402.03300, eq. 4): unbiased, low variance, never negative. In expectation it has
 * the gradient of KL(reference || policy).
 */
public record K3() implements KlEstimator {

    static final String NAME = "k3";

    private static final float MAX_DIFFERENCE = 20;

    @Override
    public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
        // Above this, sums of exp overflow float32; below, nothing overflows, and a bound would cut off the gradient.
        NDArray difference = policy.difference(reference, mask).minimum(MAX_DIFFERENCE);
        return difference.exp().sub(difference).sub(1);
    }

    public static final class Factory implements KlEstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "estimated from the tokens drawn, never negative, as in GRPO";
        }

        @Override
        public KlEstimator create(Config config) {
            return new K3();
        }
    }
}
