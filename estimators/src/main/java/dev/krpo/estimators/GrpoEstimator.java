package dev.krpo.estimators;

import java.util.List;

/**
 * Group normalisation, arXiv 2402.03300 section 4.1.2: {@code A_i = (r_i - mu)/(sigma + eps)} with mean and standard
 * deviation of the group. Sigma has n - 1 in the denominator, as {@code torch.std} in the common implementations. A
 * group of equal rewards gets zeros.
 */
public final class GrpoEstimator extends GroupEstimator {

    public static final String NAME = "grpo";

    private final double epsilon;

    /** @param epsilon what is added to sigma, in units of reward, >= 0 */
    public GrpoEstimator(double epsilon) {
        super(NAME);
        this.epsilon = epsilon;
    }

    @Override
    List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        return group.stream()
                .map(member -> moments.advantage(moments.standardScore(member.reward(), epsilon)))
                .toList();
    }
}
