package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import java.util.List;

/**
 * Group mean without scale, arXiv 2503.20783 section 3.2: {@code A_i = r_i - mu}. Dividing by sigma would give more
 * weight to prompts that are nearly always or never right. The paper's other proposal, a loss that is not averaged over
 * the completion's length, belongs to the trainer.
 */
public final class DrGrpoEstimator extends GroupEstimator {

    public static final String NAME = "dr-grpo";

    public DrGrpoEstimator() {
        super(NAME);
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        Moments moments = Moments.of(rewards(group));
        return group.stream()
                .map(member -> moments.advantage(member.reward() - moments.mean()))
                .toList();
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "group mean";
        }

        @Override
        public Estimator create(Config config) {
            return new DrGrpoEstimator();
        }
    }
}
