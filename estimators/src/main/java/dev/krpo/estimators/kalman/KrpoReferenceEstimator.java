package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.group.GroupEstimator;
import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.List;

/**
 * The published algorithm: arXiv 2505.07527, section 3.2, as in {@code group_advantages} of the authors' train.py
 * (github.com/billhhh/KRPO_LLMs_RL), with the same operations in the same order. A new filter in every group processes
 * the rewards in order and compares each with the posterior that already contains it:
 *
 * <pre>
 * x = 0, P = 1;  for each r:  P' = P + Q;  K = P'/(P' + R);  x += K (r - x);  P = (1 - K) P'
 * A = (r - x)/(sqrt(P) + eps)
 * </pre>
 *
 * <p>The advantages depend on the order of the rewards. The authors compute in float32, this class in double. Its
 * constants are not options; otherwise it would not be the reference.
 */
public final class KrpoReferenceEstimator extends GroupEstimator {

    public static final String NAME = "krpo-reference";

    private static final double PROCESS_NOISE = 1e-5;
    private static final double OBSERVATION_NOISE = 1e-2;
    private static final double EPSILON = 1e-8;

    public KrpoReferenceEstimator() {
        super(NAME);
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        List<Advantage> advantages = new ArrayList<>(group.size());
        double mean = 0;
        double variance = 1;
        for (Observation observation : group) {
            double reward = observation.reward();
            double predicted = variance + PROCESS_NOISE;
            double gain = predicted / (predicted + OBSERVATION_NOISE);
            mean = mean + gain * (reward - mean);
            // Not the Joseph form of Belief: bit-identical to the published code.
            variance = (1 - gain) * predicted;
            advantages.add(new Advantage((reward - mean) / (Math.sqrt(variance) + EPSILON), mean, variance));
        }
        return advantages;
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "the published filter, new in every group";
        }

        @Override
        public Estimator create(Config config) {
            return new KrpoReferenceEstimator();
        }
    }
}
