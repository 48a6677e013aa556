package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * Length-weighted baseline, arXiv 2505.23585: {@code A_i = r_i - b}, {@code b = sum_j l_j r_j / sum_j l_j} with the
 * lengths l in tokens. This baseline minimises the gradient variance if the squared gradient of a completion grows with
 * its length. The variance is that of the group's rewards.
 */
public final class OpoEstimator extends GroupEstimator {

    public static final String NAME = "opo";

    public OpoEstimator() {
        super(NAME);
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        double tokens = 0;
        double weighted = 0;
        for (Observation member : group) {
            tokens += member.length();
            // As deviations from the mean, so that equal rewards leave no rounding error.
            weighted += member.length() * (member.reward() - moments.mean());
        }
        double baseline = moments.mean() + weighted / tokens;
        return group.stream()
                .map(member -> new Advantage(member.reward() - baseline, baseline, moments.variance()))
                .toList();
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "mean weighted by length";
        }

        @Override
        public Estimator create(Config config) {
            return new OpoEstimator();
        }
    }
}
