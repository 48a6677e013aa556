package dev.krpo.learner.normalize;

import dev.krpo.settings.Config;

/**
 * {@code (A - mean) / sd} over the tokens of the batch, so that a completion is weighted by its number of tokens
 * (REINFORCE++, arXiv 2501.03262, as in its authors' code and verl; verl also does so for GDPO).
 */
public record TokenMeanStd() implements AdvantageNormalization {

    @Override
    public double[] apply(double[] advantages, int[] lengths) {
        return Moments.of(advantages, lengths).standardized(advantages);
    }

    public static final class Factory implements AdvantageNormalizationFactory {
        @Override
        public String name() {
            return "token-mean-std";
        }

        @Override
        public String description() {
            return "standardised over its tokens (REINFORCE++)";
        }

        @Override
        public AdvantageNormalization create(Config config) {
            return new TokenMeanStd();
        }
    }
}
