package dev.krpo.estimators.single;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * The plain reward: {@code A = r}, baseline 0 (Williams 1992). The starting point of REINFORCE++ (arXiv 2501.03262),
 * whose normalisation over the batch belongs to the trainer, and Reinforce-Rej (arXiv 2504.11343), which drops prompts
 * that are all right or all wrong. It predicts nothing, so its variance is 0.
 */
public final class ReinforceEstimator implements Estimator {

    public static final String NAME = "reinforce";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean grouped() {
        return false;
    }

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public int minGroupSize() {
        return 1;
    }

    @Override
    public Estimate estimate(State state, List<Observation> group) {
        Estimator.requireGroup(this, group);
        return new Estimate(
                state,
                group.stream()
                        .map(member -> new Advantage(member.reward(), 0, 0))
                        .toList());
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "the reward itself";
        }

        @Override
        public Estimator create(Config config) {
            return new ReinforceEstimator();
        }
    }
}
