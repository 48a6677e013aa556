package dev.krpo.streams.estimator;

import java.util.ArrayList;
import java.util.List;

/**
 * Group normalisation, arXiv 2402.03300 section 4.1.2: {@code A_i = (r_i - mu)/(sigma + eps)} with mean and standard
 * deviation of the group. Sigma has n - 1 in the denominator, as {@code torch.std} in the common implementations. A
 * group of equal rewards gets zeros.
 */
public final class GrpoEstimator implements Estimator {

    public static final String NAME = "grpo";

    private final double epsilon;

    /** @param epsilon what is added to sigma, in units of reward, >= 0 */
    public GrpoEstimator(double epsilon) {
        this.epsilon = epsilon;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean grouped() {
        return true;
    }

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public Estimate estimate(State state, List<Observation> group) {
        Estimator.requireGroup(this, group);
        double sum = 0;
        for (Observation observation : group) {
            sum += observation.reward();
        }
        double mean = sum / group.size();
        double squares = 0;
        boolean equal = true;
        for (Observation observation : group) {
            double deviation = observation.reward() - mean;
            squares += deviation * deviation;
            equal &= observation.reward() == group.get(0).reward();
        }
        double variance = equal ? 0 : squares / (group.size() - 1);
        double scale = Math.sqrt(variance) + epsilon;
        List<Advantage> advantages = new ArrayList<>(group.size());
        for (Observation observation : group) {
            // Equal rewards can differ from their rounded mean, which a tiny epsilon would blow up.
            double advantage = equal ? 0 : (observation.reward() - mean) / scale;
            advantages.add(new Advantage(advantage, mean, variance));
        }
        return new Estimate(state, advantages);
    }
}
