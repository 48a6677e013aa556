package dev.krpo.estimators;

import dev.krpo.settings.Config;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Adapts an estimator for rewards in [0, 1] to rewards of another range: maps rewards and beliefs linearly to [0, 1]
 * and the results back. The estimator's constants need no units, while its beliefs and results are in units of reward.
 * With the range [0, 1] all results are bit-identical to those of the estimator itself.
 */
public final class RangedEstimator implements Estimator {

    /** A reward summed from components may leave its range by rounding; in widths of the range. */
    private static final double ROUNDING = 1e-9;

    /** The unit of an advantage: a difference of rewards, or none. */
    public enum Unit {
        REWARD,
        NONE
    }

    private final Estimator estimator;
    private final double lowest;
    private final double highest;
    private final double width;
    private final Unit unit;

    /**
     * @param estimator for rewards in [0, 1]
     * @param lowest lowest possible reward
     * @param highest highest possible reward, above {@code lowest}
     * @param unit of the estimator's advantages
     */
    public RangedEstimator(Estimator estimator, double lowest, double highest, Unit unit) {
        this.estimator = estimator;
        this.lowest = lowest;
        this.highest = highest;
        this.width = highest - lowest;
        this.unit = unit;
    }

    /**
     * An estimator for rewards in {@link Estimators#REWARD_RANGE}.
     *
     * @param estimator for rewards in [0, 1]
     * @param unit of its advantages
     */
    public static RangedEstimator of(Estimator estimator, Unit unit, Config config) {
        RewardRange range = config.get(Estimators.REWARD_RANGE);
        return new RangedEstimator(estimator, range.lowest(), range.highest(), unit);
    }

    @Override
    public String name() {
        return estimator.name();
    }

    @Override
    public boolean grouped() {
        return estimator.grouped();
    }

    @Override
    public boolean persistent() {
        return estimator.persistent();
    }

    @Override
    public int minGroupSize() {
        return estimator.minGroupSize();
    }

    @Override
    public Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return isInside(reward)
                ? estimator.objection(reward, rewardComponents)
                : Optional.of(new Objection(
                        "reward-out-of-range",
                        "reward is " + reward + " and " + name() + " accepts rewards in "
                                + Estimators.REWARD_RANGE.key()
                                + " ["
                                + lowest
                                + ", " + highest
                                + "]; set that to the lowest and highest possible reward, or scale the rewards"));
    }

    @Override
    public Estimate estimate(State state, List<Observation> group) {
        State believed = new State(believable(state.prompt()), believable(state.dataset()));
        if (lowest == 0 && highest == 1) {
            return estimator.estimate(believed, group);
        }
        Estimate inside = estimator.estimate(
                new State(inside(believed.prompt()), inside(believed.dataset())),
                group.stream().map(this::inside).toList());
        return new Estimate(
                new State(
                        outside(inside.state().prompt()), outside(inside.state().dataset())),
                inside.advantages().stream().map(this::outside).toList());
    }

    private boolean isInside(double reward) {
        return reward >= lowest - ROUNDING * width && reward <= highest + ROUNDING * width;
    }

    /**
     * A mean of rewards cannot lie outside their range: such a belief comes from an absurd reward or another range, and
     * is discarded.
     */
    private Belief believable(Belief belief) {
        boolean possible = belief == null
                || (isInside(belief.mean())
                        && (belief.weighted() == null
                                || isInside(belief.weighted().mean())));
        return possible ? belief : null;
    }

    private Observation inside(Observation observation) {
        return new Observation(
                (observation.reward() - lowest) / width,
                observation.policyVersion(),
                observation.logProbs(),
                observation.rewardComponents());
    }

    private Belief inside(Belief belief) {
        return belief == null ? null : scaled(belief, -lowest / width, 1 / width);
    }

    private Belief outside(Belief belief) {
        return belief == null ? null : scaled(belief, lowest, width);
    }

    private static Belief scaled(Belief belief, double offset, double factor) {
        return new Belief(
                offset + factor * belief.mean(),
                factor * factor * belief.variance(),
                belief.observations(),
                belief.policyVersion(),
                factor * factor * belief.adaptedNoise(),
                belief.weighted() == null ? null : scaled(belief.weighted(), offset, factor));
    }

    private Advantage outside(Advantage inside) {
        return new Advantage(
                unit == Unit.REWARD ? width * inside.advantage() : inside.advantage(),
                lowest + width * inside.baseline(),
                width * width * inside.variance());
    }
}
