package dev.krpo.learner.normalize;

import java.util.Arrays;

/**
 * Normalises the advantages of a batch before the loss. Pure functions in double precision, so that a replay is
 * bit-identical. Variances are those of a sample (n - 1), and 1e-8 is added to each before its root is taken, as verl
 * does.
 */
public enum AdvantageNormalization {
    NONE {
        @Override
        public double[] apply(double[] advantages, int[] lengths) {
            return advantages;
        }
    },
    /**
     * {@code (A - mean) / sd} over the completions of the batch (SPO, arXiv 2509.13232, sect. 3; the last step of GDPO,
     * arXiv 2601.05242).
     */
    BATCH_MEAN_STD {
        @Override
        public double[] apply(double[] advantages, int[] lengths) {
            return standardized(advantages, ones(advantages.length));
        }
    },
    /**
     * The same over the tokens of the batch, so that a completion is weighted by its number of tokens (REINFORCE++,
     * arXiv 2501.03262, as in its authors' code and verl; verl also does so for GDPO).
     */
    TOKEN_MEAN_STD {
        @Override
        public double[] apply(double[] advantages, int[] lengths) {
            return standardized(advantages, lengths);
        }
    },
    /** {@code A / sd}, which preserves every sign. A batch of equal advantages has no scale and is left unchanged. */
    BATCH_STD {
        @Override
        public double[] apply(double[] advantages, int[] lengths) {
            int[] once = ones(advantages.length);
            double variance = variance(advantages, once, mean(advantages, once));
            double scale = variance == 0 ? 1 : 1 / Math.sqrt(variance + EPSILON);
            return Arrays.stream(advantages).map(a -> a * scale).toArray();
        }
    };

    private static final double EPSILON = 1e-8;

    /**
     * @param advantages of the batch, in order
     * @param lengths of its completions, in tokens
     * @return the advantages to train with; the input is not modified
     */
    public abstract double[] apply(double[] advantages, int[] lengths);

    private static double[] standardized(double[] advantages, int[] counts) {
        double mean = mean(advantages, counts);
        double scale = 1 / Math.sqrt(variance(advantages, counts, mean) + EPSILON);
        return Arrays.stream(advantages).map(a -> (a - mean) * scale).toArray();
    }

    /**
     * The mean of equal values is exactly that value, so that their variance is 0: a variance due to rounding would be
     * blown up.
     */
    private static double mean(double[] values, int[] counts) {
        if (Arrays.stream(values).allMatch(value -> value == values[0])) {
            return values[0];
        }
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += counts[i] * values[i];
        }
        return sum / Arrays.stream(counts).sum();
    }

    private static double variance(double[] values, int[] counts, double mean) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += counts[i] * (values[i] - mean) * (values[i] - mean);
        }
        return sum / Math.max(1, Arrays.stream(counts).sum() - 1);
    }

    private static int[] ones(int size) {
        int[] ones = new int[size];
        Arrays.fill(ones, 1);
        return ones;
    }
}
