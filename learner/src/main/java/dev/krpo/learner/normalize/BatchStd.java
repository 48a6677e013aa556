package dev.krpo.learner.normalize;

import dev.krpo.settings.Config;
import java.util.Arrays;

/** {@code A / sd}, which preserves every sign. A batch of equal advantages has no scale and is left unchanged. */
public record BatchStd() implements AdvantageNormalization {

    @Override
    public double[] apply(double[] advantages, int[] lengths) {
        Moments moments = Moments.of(advantages);
        double scale = moments.variance() == 0 ? 1 : moments.scale();
        return Arrays.stream(advantages).map(a -> a * scale).toArray();
    }

    public static final class Factory implements AdvantageNormalizationFactory {
        @Override
        public String name() {
            return "batch-std";
        }

        @Override
        public String description() {
            return "divided by their standard deviation only";
        }

        @Override
        public AdvantageNormalization create(Config config) {
            return new BatchStd();
        }
    }
}
