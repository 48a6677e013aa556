package dev.krpo.learner.normalize;

import dev.krpo.settings.Config;

/** Leaves the advantages unchanged. */
public record NoNormalization() implements AdvantageNormalization {

    static final String NAME = "none";

    @Override
    public double[] apply(double[] advantages, int[] lengths) {
        return advantages;
    }

    @Override
    public int minBatchSize() {
        return 1;
    }

    public static final class Factory implements AdvantageNormalizationFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "as the estimator computed them";
        }

        @Override
        public AdvantageNormalization create(Config config) {
            return new NoNormalization();
        }
    }
}
