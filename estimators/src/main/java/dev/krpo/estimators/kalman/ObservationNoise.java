package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import java.util.List;

/** R, the variance of a reward around the mean that a filter tracks. */
public sealed interface ObservationNoise {

    /**
     * @param belief the belief before the observation
     * @return R in units of reward squared, > 0
     */
    double variance(Belief belief);

    /**
     * Learns R from a group, for later groups. Noise that is not adaptive discards a value learned under other
     * settings.
     *
     * @param before beliefs that the group's R was computed from
     * @param after beliefs updated with the group
     * @param group the rewards
     * @param noise R_i of each reward, before division by its weight
     * @param weights of the rewards, in (0, 1]
     * @return {@code after} with the learned R, or 0
     */
    default State learn(State before, State after, List<Observation> group, double[] noise, double[] weights) {
        return new State(after.prompt().withAdaptedNoise(0), after.dataset().withAdaptedNoise(0));
    }

    /**
     * The same for every prompt.
     *
     * @param variance R in units of reward squared, > 0
     */
    record Fixed(double variance) implements ObservationNoise {
        @Override
        public double variance(Belief belief) {
            return variance;
        }
    }

    /**
     * The variance of a right-or-wrong reward in [0, 1]: {@code x'(1 - x')}. The mean is clamped to [0, 1]: the formula
     * does not hold for rewards outside, which get the floor, so use {@link Fixed} or {@link Adaptive} for them.
     *
     * @param floor minimum variance in units of reward squared, > 0; without it, a prompt that was always right would
     *     be certain and the advantage of its first failure unbounded
     */
    record Bernoulli(double floor) implements ObservationNoise {
        @Override
        public double variance(Belief belief) {
            double probability = Math.min(1, Math.max(0, belief.mean()));
            return Math.max(floor, probability * (1 - probability));
        }
    }

    /**
     * Learned from the filter's residuals (covariance matching, Mehra 1972, "Approaches to adaptive filtering"). The
     * residual {@code e_i = r_i - x} of a reward that x already contains has variance {@code R_i - P}, hence
     *
     * <pre>
     * s = weighted mean over the group of (R/R_i)(e_i^2 + P);  R &lt;- R + (1 - (1 - gain)^G)(s - R)
     * </pre>
     *
     * <p>s is the M-step of Shumway and Stoffer 1982 for one group, and the exponential weighting that of arXiv
     * 1702.00884. It is a sum of squares, unlike innovation squared minus {@code P'}, which has the same expectation
     * but is often negative. {@code R/R_i} removes the drift of a late reward.
     *
     * <p>A dataset learns from all of its prompts. A prompt starts with its dataset's R and adapts it over about
     * {@code 1/gain} rewards, so a rarely seen prompt keeps its dataset's.
     *
     * @param initial R of a dataset before its first reward, in units of reward squared, > 0
     * @param gain weight of a reward in R, in (0, 1]
     * @param floor minimum R in units of reward squared, > 0, for the same reason as in {@link Bernoulli}
     */
    record Adaptive(double initial, double gain, double floor) implements ObservationNoise {
        @Override
        public double variance(Belief belief) {
            return Math.max(floor, belief.adaptedNoise() > 0 ? belief.adaptedNoise() : initial);
        }

        @Override
        public State learn(State before, State after, List<Observation> group, double[] noise, double[] weights) {
            double current = variance(before.prompt());
            double squares = 0;
            double weightSum = 0;
            for (int i = 0; i < noise.length; i++) {
                double residual = group.get(i).reward() - after.prompt().mean();
                squares += weights[i]
                        * (current / noise[i])
                        * (residual * residual + after.prompt().variance());
                weightSum += weights[i];
            }
            double seen = squares / weightSum;
            double weight = 1 - Math.pow(1 - gain, noise.length);
            return new State(
                    after.prompt().withAdaptedNoise(moved(current, seen, weight)),
                    after.dataset().withAdaptedNoise(moved(variance(before.dataset()), seen, weight)));
        }

        private double moved(double current, double seen, double weight) {
            return Math.max(floor, current + weight * (seen - current));
        }
    }
}
