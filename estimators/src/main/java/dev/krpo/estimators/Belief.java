package dev.krpo.estimators;

/**
 * The state of a scalar Kalman filter: a belief about an expected reward that drifts as the policy learns.
 *
 * @param mean x, in units of reward
 * @param variance P, in units of reward squared, > 0
 * @param observations number of updates so far, >= 0
 * @param policyVersion newest policy version that it describes, >= 0
 * @param adaptedNoise R as learned by {@code krpo}, in units of reward squared, or 0 if nothing was learned
 * @param weighted belief about the weighted mean of the same rewards, for {@code krpo}; null if it is not tracked
 */
public record Belief(
        double mean, double variance, long observations, long policyVersion, double adaptedNoise, Belief weighted) {

    /** A belief without learned observation noise. */
    public Belief(double mean, double variance, long observations, long policyVersion) {
        this(mean, variance, observations, policyVersion, 0, null);
    }

    /** A belief about the expected reward alone. */
    public Belief(double mean, double variance, long observations, long policyVersion, double adaptedNoise) {
        this(mean, variance, observations, policyVersion, adaptedNoise, null);
    }

    /**
     * The belief at a later policy version: {@code x' = x}, {@code P' = P + Q * (version gap)}, with the gap capped by
     * {@link VersionGap}. An earlier version changes nothing, unless it is so much earlier that the version numbers
     * must have restarted; the belief then moves back to it.
     *
     * @param processNoise Q, variance of the drift per version, >= 0
     */
    public Belief predict(long version, double processNoise) {
        if (VersionGap.isNotLater(policyVersion, version)) {
            return this;
        }
        double drift = processNoise * VersionGap.between(policyVersion, version);
        return new Belief(mean, variance + drift, observations, version, adaptedNoise);
    }

    /**
     * The belief after an observation, in Joseph form: {@code K = P'/(P' + R)}, {@code x = x' + K (r - x')}, {@code P =
     * (1 - K)^2 P' + K^2 R}. Rounding cannot make a sum of squares negative, unlike {@code (1 - K) P'}.
     *
     * @param noise R, variance of the observation around the mean, > 0
     */
    public Belief update(double reward, double noise) {
        double gain = variance / (variance + noise);
        double kept = 1 - gain;
        return new Belief(
                mean + gain * (reward - mean),
                kept * kept * variance + gain * gain * noise,
                observations + 1,
                policyVersion,
                adaptedNoise);
    }

    /** The same belief with another R. */
    public Belief withAdaptedNoise(double noise) {
        return noise == adaptedNoise ? this : new Belief(mean, variance, observations, policyVersion, noise);
    }

    /** The same belief with a belief about the weighted rewards. */
    public Belief withWeighted(Belief weightedBelief) {
        return new Belief(mean, variance, observations, policyVersion, adaptedNoise, weightedBelief);
    }

    boolean isFinite() {
        return Double.isFinite(mean)
                && Double.isFinite(variance)
                && Double.isFinite(adaptedNoise)
                && (weighted == null || weighted.isFinite());
    }
}
