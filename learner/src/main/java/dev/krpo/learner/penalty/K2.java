package dev.krpo.learner.penalty;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/** {@code d^2 / 2}: biased, low variance; in expectation it has the gradient of KL. */
public record K2() implements KlEstimator {

    @Override
    public NDArray apply(Predictions policy, Predictions reference, NDArray mask) {
        return policy.difference(reference, mask).square().mul(0.5f);
    }

    public static final class Factory implements KlEstimatorFactory {
        @Override
        public String name() {
            return "k2";
        }

        @Override
        public String description() {
            return "half the squared difference of the log-probs of the tokens drawn";
        }

        @Override
        public KlEstimator create(Config config) {
            return new K2();
        }
    }
}
