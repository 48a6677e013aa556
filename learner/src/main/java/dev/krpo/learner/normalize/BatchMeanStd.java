package dev.krpo.learner.normalize;

import dev.krpo.settings.Config;

/**
 * {@code (A - mean) / sd} over the completions of the batch (SPO, arXiv 2509.13232, sect. 3; the last step of GDPO,
 * arXiv 2601.05242).
 */
public record BatchMeanStd() implements AdvantageNormalization {

    @Override
    public double[] apply(double[] advantages, int[] lengths) {
        return Moments.of(advantages).standardized(advantages);
    }

    public static final class Factory implements AdvantageNormalizationFactory {
        @Override
        public String name() {
            return "batch-mean-std";
        }

        @Override
        public String description() {
            return "standardised over its samples (SPO, GDPO)";
        }

        @Override
        public AdvantageNormalization create(Config config) {
            return new BatchMeanStd();
        }
    }
}
