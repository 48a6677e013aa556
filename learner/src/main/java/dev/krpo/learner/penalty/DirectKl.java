package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/**
 * The sum over the vocabulary at each position of the sample: the only variance is that of the positions. The gradient
 * is that of the next token's divergence; it ignores that the policy also determines which positions are reached.
 */
public record DirectKl() implements KlEstimator {

    @Override
    public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
        NDArray here = policy.distribution();
        return here.exp()
                .mul(here.sub(reference.distribution()))
                .sum(new int[] {2})
                .mul(mask);
    }

    public static final class Factory implements KlEstimatorFactory {
        @Override
        public String name() {
            return "direct";
        }

        @Override
        public String description() {
            return "summed over the vocabulary at each position";
        }

        @Override
        public KlEstimator create(Config config) {
            return new DirectKl();
        }
    }
}
