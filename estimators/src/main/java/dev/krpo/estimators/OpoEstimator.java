package dev.krpo.estimators;

import java.util.List;

/**
 * Length-weighted baseline, arXiv 2505.23585: {@code A_i = r_i - b}, {@code b = sum_j l_j r_j / sum_j l_j} with the
 * lengths l in tokens. It is the baseline of least gradient variance if the squared gradient of a completion grows with
 * its length. The variance is that of the group's rewards.
 */
public final class OpoEstimator extends GroupEstimator {

    public static final String NAME = "opo";

    public OpoEstimator() {
        super(NAME);
    }

    @Override
    List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        double tokens = 0;
        double weighted = 0;
        for (Observation member : group) {
            tokens += member.length();
            // As a deviation from the mean, so that equal rewards leave no rounding.
            weighted += member.length() * (member.reward() - moments.mean());
        }
        double baseline = moments.mean() + weighted / tokens;
        return group.stream()
                .map(member -> new Advantage(member.reward() - baseline, baseline, moments.variance()))
                .toList();
    }
}
