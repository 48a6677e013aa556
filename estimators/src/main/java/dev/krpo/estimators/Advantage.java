package dev.krpo.estimators;

/**
 * What an estimator says about one reward.
 *
 * @param advantage what the policy gradient multiplies with
 * @param baseline what the reward was compared with, in units of reward
 * @param variance variance of reward minus baseline as the estimator sees it, in units of reward squared, >= 0
 */
public record Advantage(double advantage, double baseline, double variance) {

    /** Whether training may use it; rewards near the range of double overflow in differences and squares. */
    public boolean isFinite() {
        return Double.isFinite(advantage) && Double.isFinite(baseline) && Double.isFinite(variance);
    }
}
