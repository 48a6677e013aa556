package dev.krpo.estimators;

/**
 * A scalar Kalman filter: what is believed about an expected reward that drifts as the policy learns.
 *
 * @param mean x, in units of reward
 * @param variance P, in units of reward squared, > 0
 * @param observations how many updates it has had, >= 0
 * @param policyVersion the newest policy version it stands for, >= 0
 * @param adaptedNoise R as {@code krpo} learned it, in units of reward squared, or 0 before it learned anything
 * @param weighted filter of the same rewards weighted for {@code krpo}, or null if nothing follows that mean
 */
public record Belief(
        double mean, double variance, long observations, long policyVersion, double adaptedNoise, Belief weighted) {

    /** A filter that has learned nothing about its observation noise. */
    public Belief(double mean, double variance, long observations, long policyVersion) {
        this(mean, variance, observations, policyVersion, 0, null);
    }

    /** A filter of the expected reward alone. */
    public Belief(double mean, double variance, long observations, long policyVersion, double adaptedNoise) {
        this(mean, variance, observations, policyVersion, adaptedNoise, null);
    }

    /**
     * The belief at a later policy version: {@code x' = x}, {@code P' = P + Q * (version gap)}, with the gap capped as
     * {@link VersionGap} says. An earlier version leaves it as it is, unless it is so much earlier that the versions
     * began anew: then the belief moves back to it.
     *
     * @param processNoise Q, variance of the drift of one version, >= 0
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
     * (1 - K)^2 P' + K^2 R}. A sum of squares cannot turn negative by rounding, unlike {@code (1 - K) P'}.
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

    /** The same belief beside a filter of the weighted rewards. */
    public Belief withWeighted(Belief filter) {
        return new Belief(mean, variance, observations, policyVersion, adaptedNoise, filter);
    }

    boolean isFinite() {
        return Double.isFinite(mean)
                && Double.isFinite(variance)
                && Double.isFinite(adaptedNoise)
                && (weighted == null || weighted.isFinite());
    }
}
