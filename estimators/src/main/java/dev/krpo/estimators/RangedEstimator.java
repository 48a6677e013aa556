package dev.krpo.estimators;

import dev.krpo.settings.Config;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An estimator made for rewards in [0, 1], for rewards of another range: rewards and beliefs are mapped to [0, 1]
 * linearly, and what it says of them is mapped back. So its constants need no units, and what it keeps and states is in
 * units of reward. The range [0, 1] leaves every bit as it is.
 */
public final class RangedEstimator implements Estimator {

    /** Rewards that are added up from parts may leave their range by rounding; in widths of the range. */
    private static final double ROUNDING = 1e-9;

    /** Whether an advantage is a difference of rewards, or a number without unit. */
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
     * @param lowest reward there is
     * @param highest reward there is, above {@code lowest}
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
    public int smallestGroup() {
        return estimator.smallestGroup();
    }

    @Override
    public Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return isInside(reward)
                ? estimator.objection(reward, rewardComponents)
                : Optional.of(new Objection(
                        "reward-out-of-range",
                        "reward is " + reward + " and " + name() + " takes rewards in " + Estimators.REWARD_RANGE.key()
                                + " ["
                                + lowest
                                + ", " + highest
                                + "]; set that to the lowest and the highest reward there is, or scale the rewards"));
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
     * No mean of rewards lies outside their range: such a belief had an absurd reward, or one of another range, and is
     * forgotten.
     */
    private Belief believable(Belief filter) {
        boolean possible = filter == null
                || (isInside(filter.mean())
                        && (filter.weighted() == null
                                || isInside(filter.weighted().mean())));
        return possible ? filter : null;
    }

    private Observation inside(Observation observation) {
        return new Observation(
                (observation.reward() - lowest) / width,
                observation.policyVersion(),
                observation.logProbs(),
                observation.rewardComponents());
    }

    private Belief inside(Belief filter) {
        return filter == null ? null : scaled(filter, -lowest / width, 1 / width);
    }

    private Belief outside(Belief filter) {
        return filter == null ? null : scaled(filter, lowest, width);
    }

    private static Belief scaled(Belief filter, double offset, double factor) {
        return new Belief(
                offset + factor * filter.mean(),
                factor * factor * filter.variance(),
                filter.observations(),
                filter.policyVersion(),
                factor * factor * filter.adaptedNoise(),
                filter.weighted() == null ? null : scaled(filter.weighted(), offset, factor));
    }

    private Advantage outside(Advantage inside) {
        return new Advantage(
                unit == Unit.REWARD ? width * inside.advantage() : inside.advantage(),
                lowest + width * inside.baseline(),
                width * width * inside.variance());
    }
}
