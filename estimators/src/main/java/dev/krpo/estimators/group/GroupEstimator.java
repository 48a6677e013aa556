package dev.krpo.estimators.group;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import java.util.List;

/** Compares the members of a group with each other and keeps no state. */
public abstract class GroupEstimator implements Estimator {

    private final String name;

    /** @param name value of {@link #name()} */
    protected GroupEstimator(String name) {
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

    /**
     * The advantages of one group.
     *
     * @param group at least {@link #minGroupSize()} completions
     * @return one per completion, in the order of the group
     */
    protected abstract List<Advantage> advantages(List<Observation> group);

    /** The total reward of each completion. */
    protected static double[] rewards(List<Observation> group) {
        return group.stream().mapToDouble(Observation::reward).toArray();
    }
}
