package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * Group normalisation, arXiv 2402.03300 section 4.1.2: {@code A_i = (r_i - mu)/(sigma + eps)} with mean and standard
 * deviation of the group. Sigma has n - 1 in the denominator, like {@code torch.std} in common implementations. A group
 * of equal rewards gets zeros.
 */
public final class GrpoEstimator extends GroupEstimator {

    public static final String NAME = "grpo";

    private final double epsilon;

    /** @param epsilon added to sigma, in units of reward, >= 0 */
    public GrpoEstimator(double epsilon) {
        super(NAME);
        this.epsilon = epsilon;
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        return group.stream()
                .map(member -> moments.advantage(moments.standardScore(member.reward(), epsilon)))
                .toList();
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "group normalisation";
        }

        @Override
        public Estimator create(Config config) {
            return new GrpoEstimator(config.get(Estimators.EPSILON));
        }
    }
}
