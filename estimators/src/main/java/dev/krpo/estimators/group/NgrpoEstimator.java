package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Objection;
import dev.krpo.estimators.Observation;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Advantage calibration, arXiv 2509.18851 section 4.1: group normalisation with the mean and standard deviation of the
 * group plus one virtual member with the maximum possible reward, {@code A_i = (r_i - mu')/(sigma' + eps)}. An
 * all-wrong group moves the policy away from its answers; an all-right group gets zeros. Sigma' has n - 1 in the
 * denominator, as in the authors' code.
 */
public final class NgrpoEstimator extends GroupEstimator {

    public static final String NAME = "ngrpo";

    public static final Section SETTINGS = Section.of("estimator", "Estimator ngrpo", "streams");

    static final Setting<Double> MAX_REWARD = SETTINGS.number("maxReward", 1)
            .unit("reward")
            .doc("Reward of ngrpo's virtual member: the maximum that a completion can get.");

    private final double maxReward;
    private final double epsilon;

    /**
     * @param maxReward reward of the virtual member: the maximum possible reward
     * @param epsilon added to sigma', in units of reward, >= 0
     */
    public NgrpoEstimator(double maxReward, double epsilon) {
        super(NAME);
        this.maxReward = maxReward;
        this.epsilon = epsilon;
    }

    @Override
    public Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return Objection.outOfRange(
                this,
                reward,
                Double.NEGATIVE_INFINITY,
                maxReward,
                "set " + MAX_REWARD.key() + " to the maximum possible reward");
    }

    @Override
    protected List<Advantage> advantages(List<Observation> group) {
        double[] calibrated = Arrays.copyOf(rewards(group), group.size() + 1);
        calibrated[group.size()] = maxReward;
        Moments moments = Moments.of(calibrated);
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
            return "grpo with a virtual best member";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Estimator create(Config config) {
            return new NgrpoEstimator(config.get(MAX_REWARD), config.get(Estimators.EPSILON));
        }
    }
}
