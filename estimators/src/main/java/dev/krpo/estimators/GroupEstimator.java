package dev.krpo.estimators;

import java.util.List;

/** Compares the members of one group with each other and remembers nothing. */
abstract class GroupEstimator implements Estimator {

    private final String name;

    GroupEstimator(String name) {
        this.name = name;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final boolean grouped() {
        return true;
    }

    @Override
    public final boolean persistent() {
        return false;
    }

    @Override
    public final Estimate estimate(State state, List<Observation> group) {
        Estimator.requireGroup(this, group);
        return new Estimate(state, advantages(group));
    }

    /** @param group large enough */
    abstract List<Advantage> advantages(List<Observation> group);

    static double[] rewards(List<Observation> group) {
        return group.stream().mapToDouble(Observation::reward).toArray();
    }
}
