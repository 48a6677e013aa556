package dev.krpo.estimators;

import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * An estimator behind a sample filter: which completions and groups they accept, and the estimate of a group. An
 * estimator without history sees only the kept rewards, so mean and scale are theirs. One with history sees all
 * rewards: its belief about a prompt must not depend on the selection for training, or prompts that are always right
 * would never be recognised.
 *
 * @param component name of the reward component that the filter compares; empty for the total reward
 */
public record GroupEstimation(Estimator estimator, SampleFilter filter, String component) {

    private static final Advantage NOT_ESTIMATED = new Advantage(0, 0, 0);

    /**
     * The estimate of a group.
     *
     * @param kept true for each completion that training gets; the advantage of the others is 0
     */
    public record Result(Estimate estimate, boolean[] kept) {}

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public static GroupEstimation of(Config config) {
        SampleFilter filter = SampleFilters.of(config);
        String component = config.get(SampleFilters.COMPONENT).orElse("");
        return new GroupEstimation(Estimators.of(config), filter, filter == SampleFilter.NONE ? "" : component);
    }

    /** True if the completions of a group wait for each other, because estimator or filter compares them. */
    public boolean grouped() {
        return estimator.grouped() || filter != SampleFilter.NONE;
    }

    /** Minimum number of completions that both can work with. */
    public int minGroupSize() {
        return Math.max(estimator.minGroupSize(), filter.minGroupSize());
    }

    /** Names the one that needs groups of that size. */
    public String comparing() {
        return filterNeedsMore() ? SampleFilters.NAME + "=" + filter.name() : estimator.name();
    }

    /** Why a group of this size can never be estimated, even if all its members arrive. */
    public Optional<Objection> tooSmall(int groupSize) {
        return groupSize >= minGroupSize()
                ? Optional.empty()
                : Optional.of(new Objection(
                        "group-too-small",
                        "groupSize is " + groupSize + " and " + comparing() + " compares at least " + minGroupSize()
                                + " completions of a prompt; issue larger groups or use "
                                + (filterNeedsMore() ? SampleFilters.NAME + "=none" : Estimators.NAME + "=krpo")));
    }

    /** Why a completion is rejected, regardless of the rest of its group. */
    public Optional<Objection> objection(double reward, Map<String, Double> rewardComponents) {
        return estimator
                .objection(reward, rewardComponents)
                .or(() -> component.isEmpty() || rewardComponents.containsKey(component)
                        ? Optional.empty()
                        : Optional.of(new Objection(
                                "filter-component-missing",
                                "rewardComponents has " + new TreeSet<>(rewardComponents.keySet())
                                        + " and " + SampleFilters.COMPONENT + " is '" + component
                                        + "'; set it to a component that the reward provides, or unset it to"
                                        + " use the total reward")));
    }

    /**
     * Estimates one group.
     *
     * @param before as for {@link Estimator#estimate}
     * @param group completions of one prompt in the order of their index, at least {@link #minGroupSize()}, none with
     *     an {@link #objection}
     */
    public Result estimate(State before, List<Observation> group) {
        boolean[] kept = filter.keep(group.stream().mapToDouble(this::compared).toArray());
        List<Observation> seen = new ArrayList<>(group.size());
        for (int i = 0; i < kept.length; i++) {
            if (sees(kept[i])) {
                seen.add(group.get(i));
            }
        }
        Estimate estimate = seen.isEmpty() ? new Estimate(before, List.of()) : estimator.estimate(before, seen);
        Iterator<Advantage> estimated = estimate.advantages().iterator();
        List<Advantage> advantages = new ArrayList<>(group.size());
        for (boolean keep : kept) {
            Advantage own = sees(keep) ? estimated.next() : NOT_ESTIMATED;
            advantages.add(keep ? own : new Advantage(0, own.baseline(), own.variance()));
        }
        return new Result(new Estimate(estimate.state(), advantages), kept);
    }

    private double compared(Observation one) {
        return component.isEmpty() ? one.reward() : one.rewardComponents().get(component);
    }

    private boolean sees(boolean kept) {
        return kept || estimator.persistent();
    }

    private boolean filterNeedsMore() {
        return filter.minGroupSize() > estimator.minGroupSize();
    }
}
