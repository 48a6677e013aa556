package dev.krpo.estimators.single;

import dev.krpo.estimators.Belief;

/**
 * A Beta(a, b) belief about an expected reward in [0, 1], as its mean {@code v = a/(a + b)} and its count {@code N = a
 * + b}.
 *
 * <p>It is stored as a {@link Belief} with its mean and variance, {@code v(1 - v)/(N + 1)}, from which N can be
 * recovered up to rounding.
 *
 * @param mean v, clamped to just inside (0, 1): at the ends the variance would be 0 for every count
 * @param count N, equivalent number of rewards, >= 0
 */
record BetaCounts(double mean, double count) {

    private static final double CERTAIN = 1e-12;

    BetaCounts {
        mean = Math.min(1 - CERTAIN, Math.max(CERTAIN, mean));
        count = Math.max(0, count);
    }

    static BetaCounts of(Belief belief) {
        BetaCounts certain = new BetaCounts(belief.mean(), 0);
        return new BetaCounts(certain.mean, certain.rewardVariance() / belief.variance() - 1);
    }

    /** Variance of the next right-or-wrong reward around the mean, including the belief's own. */
    double rewardVariance() {
        return mean * (1 - mean);
    }

    /**
     * The belief after a reward: {@code a = rho a + r}, {@code b = rho b + 1 - r}, which is {@code N' = rho N + 1},
     * {@code v' = v + (r - v)/N'}.
     *
     * @param retained rho, share of the previous counts to keep, in [0, 1]
     */
    BetaCounts observe(double reward, double retained) {
        double updated = retained * count + 1;
        return new BetaCounts(mean + (reward - mean) / updated, updated);
    }

    Belief toBelief(long observations, long policyVersion) {
        return new Belief(mean, rewardVariance() / (count + 1), observations, policyVersion);
    }
}
