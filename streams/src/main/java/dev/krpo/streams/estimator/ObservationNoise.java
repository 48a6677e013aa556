package dev.krpo.streams.estimator;

/** R, the variance of a reward around the prompt's expected reward. */
public sealed interface ObservationNoise {

    /**
     * @param mean the expected reward before the observation
     * @return R in units of reward squared, > 0
     */
    double variance(double mean);

    /**
     * The same for every prompt.
     *
     * @param variance R in units of reward squared, > 0
     */
    record Fixed(double variance) implements ObservationNoise {
        @Override
        public double variance(double mean) {
            return variance;
        }
    }

    /**
     * That of a right-or-wrong reward in [0, 1]: {@code x'(1 - x')}. The mean is clamped to [0, 1]: rewards outside have no such
     * law and get the floor, so use {@link Fixed} for them.
     *
     * @param floor least variance in units of reward squared, > 0; otherwise a prompt that was always right would be
     *     certain and its first failure would have an advantage without bound
     */
    record Bernoulli(double floor) implements ObservationNoise {
        @Override
        public double variance(double mean) {
            double probability = Math.min(1, Math.max(0, mean));
            return Math.max(floor, probability * (1 - probability));
        }
    }
}
