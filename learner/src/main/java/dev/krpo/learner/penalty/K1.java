package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/**
 * {@code -d}: unbiased, maximum variance, may be negative. Its own gradient, {@code grad log pi}, is 0 in expectation
 * and would restrain nothing; here it has the gradient of {@link K2}, which is equivalent to a k1 penalty in the reward
 * (verl's "k1+").
 */
public record K1() implements KlEstimator {

    @Override
    public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
        NDArray square = new K2().apply(policy, reference, mask);
        NDArray value = policy.difference(reference, mask).neg().stopGradient();
        return square.sub(square.stopGradient()).add(value);
    }

    public static final class Factory implements KlEstimatorFactory {
        @Override
        public String name() {
            return "k1";
        }

        @Override
        public String description() {
            return "estimated from the tokens drawn, with the gradient of k2";
        }

        @Override
        public KlEstimator create(Config config) {
            return new K1();
        }
    }
}
