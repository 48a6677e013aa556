package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/** All tokens are weighted equally (DAPO, arXiv 2503.14476, sect. 3.3). */
public record TokenMean() implements Aggregation {

    static final String NAME = "token-mean";

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        return perToken.mul(mask).sum().div(mask.sum());
    }

    public static final class Factory implements AggregationFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "all tokens are weighted equally";
        }

        @Override
        public Aggregation create(Config config) {
            return new TokenMean();
        }
    }
}
