package dev.krpo.estimators.single;

import dev.krpo.estimators.Belief;

/**
 * A Beta(a, b) belief about an expected reward in [0, 1], as its mean {@code v = a/(a + b)} and its count {@code N = a
 * + b}.
 *
 * <p>It is kept as a {@link Belief} with the belief's own mean and variance, {@code v(1 - v)/(N + 1)}, from which N
 * comes back to within rounding.
 *
 * @param mean v, kept a little inside 0 and 1: at the ends the variance would be 0 whatever the count
 * @param count N, how many rewards it is worth, >= 0
 */
record BetaCounts(double mean, double count) {

    private static final double CERTAIN = 1e-12;

    BetaCounts {
        mean = Math.min(1 - CERTAIN, Math.max(CERTAIN, mean));
        count = Math.max(0, count);
    }

    static BetaCounts of(Belief filter) {
        BetaCounts certain = new BetaCounts(filter.mean(), 0);
        return new BetaCounts(certain.mean, certain.rewardVariance() / filter.variance() - 1);
    }

    /** Variance of the next reward around the mean, if it is right or wrong: that of the belief included. */
    double rewardVariance() {
        return mean * (1 - mean);
    }

    /**
     * The belief after a reward: {@code a = rho a + r}, {@code b = rho b + 1 - r}, which is {@code N' = rho N + 1},
     * {@code v' = v + (r - v)/N'}.
     *
     * @param retained rho, the share of what was known that still counts, in [0, 1]
     */
    BetaCounts observe(double reward, double retained) {
        double updated = retained * count + 1;
        return new BetaCounts(mean + (reward - mean) / updated, updated);
    }

    Belief filter(long observations, long policyVersion) {
        return new Belief(mean, rewardVariance() / (count + 1), observations, policyVersion);
    }
}
