package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;

/**
 * All sequences are weighted equally: mean over a sequence's tokens, then over the batch (GRPO, arXiv 2402.03300, eq.
 * 3).
 */
public record SequenceMean() implements Aggregation {

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        int[] time = {1};
        return perToken.mul(mask).sum(time).div(mask.sum(time)).mean();
    }

    public static final class Factory implements AggregationFactory {
        @Override
        public String name() {
            return "sequence-mean";
        }

        @Override
        public String description() {
            return "all completions are weighted equally, for gspo, gmpo and tic";
        }

        @Override
        public Aggregation create(Config config) {
            return new SequenceMean();
        }
    }
}
