package dev.krpo.streams.group;

import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.FilteredEstimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.SampleFilters;
import dev.krpo.estimators.State;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.settings.Config;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Combined requirements of the estimator and the sample filter on groups and their completions. */
public record GroupRules(Estimator estimator, GroupSelection selection) {

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public static GroupRules of(Config config) {
        return new GroupRules(Estimators.of(config), GroupSelection.of(config));
    }

    /** True if the completions of a group wait for each other, because estimator or filter compares them. */
    public boolean grouped() {
        return estimator.grouped() || !selection.keepsAll();
    }

    /** Minimum number of completions that both can work with. */
    public int minGroupSize() {
        return Math.max(estimator.minGroupSize(), selection.filter().minGroupSize());
    }

    /** Names the one that needs groups of that size. */
    public String comparing() {
        return filterNeedsMore() ? SampleFilters.NAME + "=" + selection.filter().name() : estimator.name();
    }

    /** Why a group of this size can never be estimated, even if all its members arrive. */
    public Optional<Rejection> tooSmall(int groupSize) {
        return groupSize >= minGroupSize()
                ? Optional.empty()
                : Optional.of(new Rejection(
                        "group-too-small",
                        "groupSize is " + groupSize + " and " + comparing() + " compares at least " + minGroupSize()
                                + " completions of a prompt; issue larger groups or use "
                                + (filterNeedsMore() ? SampleFilters.NAME + "=none" : Estimators.NAME + "=krpo")));
    }

    /** Why a completion is rejected, regardless of the rest of its group. */
    public Optional<Rejection> objection(double reward, Map<String, Double> rewardComponents) {
        return estimator
                .objection(reward, rewardComponents)
                .map(objection -> new Rejection(objection.reason(), objection.detail()))
                .or(() -> selection.canJudge(rewardComponents)
                        ? Optional.empty()
                        : Optional.of(new Rejection(
                                "filter-component-missing",
                                "rewardComponents has " + new TreeSet<>(rewardComponents.keySet())
                                        + " and " + SampleFilters.COMPONENT + " is '" + selection.component()
                                        + "'; set it to a component that the reward provides, or unset it to"
                                        + " use the total reward")));
    }

    /** Estimates at least {@link #minGroupSize()} completions, none of which has an {@link #objection}. */
    public SelectedEstimate estimate(State before, List<Observation> group) {
        if (selection.keepsAll()) {
            return new SelectedEstimate(estimator.estimate(before, group), null);
        }
        boolean[] kept = selection.keep(group);
        return new SelectedEstimate(new FilteredEstimator(estimator).estimate(before, group, kept), kept);
    }

    private boolean filterNeedsMore() {
        return selection.filter().minGroupSize() > estimator.minGroupSize();
    }
}
