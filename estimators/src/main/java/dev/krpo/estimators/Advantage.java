package dev.krpo.estimators;

/**
 * An estimator's result for one reward.
 *
 * @param advantage factor of the completion's policy gradient
 * @param baseline value that the reward was compared with, in units of reward
 * @param variance the estimator's variance of reward minus baseline, in units of reward squared, >= 0
 */
public record Advantage(double advantage, double baseline, double variance) {

    /** True if training may use it; differences and squares of rewards near the range of double overflow. */
    public boolean isFinite() {
        return Double.isFinite(advantage) && Double.isFinite(baseline) && Double.isFinite(variance);
    }
}
