package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * Leave-one-out, arXiv 2402.14740: {@code A_i = r_i - mean_{j != i} r_j = G/(G - 1) (r_i - mu)}. The baseline excludes
 * the reward that it is compared with, so the gradient is unbiased. The variance of their difference is {@code G/(G -
 * 1)} times that of the rewards.
 */
public final class RlooEstimator extends GroupEstimator {

    public static final String NAME = "rloo";

    public RlooEstimator() {
        super(NAME);
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        double others = group.size() / (group.size() - 1.0);
        return group.stream()
                .map(member -> {
                    double advantage = others * (member.reward() - moments.mean());
                    return new Advantage(advantage, member.reward() - advantage, others * moments.variance());
                })
                .toList();
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "mean of the others";
        }

        @Override
        public Estimator create(Config config) {
            return new RlooEstimator();
        }
    }
}
