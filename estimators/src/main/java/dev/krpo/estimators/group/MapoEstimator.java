package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.RangedEstimator;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * Mixed advantage, arXiv 2509.18849 equations 2 to 6, for rewards in [0, 1]: {@code A_i = (1 - lambda) (r_i -
 * mu)/(sigma + eps) + lambda (r_i - mu)/mu}, {@code lambda = 1 - 4p(1 - p)}, where p is the share of the group with the
 * full reward 1. The more certain the outcome, the less a small sigma inflates the difference. Sigma has n - 1 in the
 * denominator, as in the authors' code; equation 2 has n.
 */
public final class MapoEstimator extends GroupEstimator {

    public static final String NAME = "mapo";

    /** A full reward summed from components may miss 1 by rounding. */
    private static final double FULL_REWARD = 1 - 1e-9;

    private final double epsilon;

    /** @param epsilon added to sigma, in units of reward, >= 0 */
    public MapoEstimator(double epsilon) {
        super(NAME);
        this.epsilon = epsilon;
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        double successes =
                group.stream().filter(member -> member.reward() >= FULL_REWARD).count();
        double success = successes / group.size();
        double certainty = 1 - 4 * success * (1 - success);
        return group.stream()
                .map(member -> moments.advantage((1 - certainty) * moments.standardScore(member.reward(), epsilon)
                        + certainty * percentDeviation(member.reward(), moments)))
                .toList();
    }

    private static double percentDeviation(double reward, Moments moments) {
        return moments.mean() <= 0 ? 0 : (reward - moments.mean()) / moments.mean();
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "mixes two scales by certainty";
        }

        @Override
        public Estimator create(Config config) {
            return RangedEstimator.of(
                    new MapoEstimator(config.get(Estimators.EPSILON)), RangedEstimator.Unit.NONE, config);
        }
    }
}
