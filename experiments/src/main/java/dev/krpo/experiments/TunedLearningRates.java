package dev.krpo.experiments;

import dev.krpo.experiments.ExperimentConfig.Tuning;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The step size of each arm in each condition.
 *
 * @param areas mean area under the curve by condition, arm and learning rate; empty if there was nothing to tune
 */
record TunedLearningRates(ExperimentConfig experiment, Map<String, Map<String, Map<Double, Double>>> areas) {

    private static final int FIRST_SEED = ExperimentConfig.MAX_SEEDS + 1;

    static TunedLearningRates of(ExperimentConfig experiment, RunPool pool) throws IOException, InterruptedException {
        Tuning tuning = experiment.tuning();
        Map<String, Map<String, Map<Double, Double>>> areas = new LinkedHashMap<>();
        if (tuning.learningRates().size() == 1) {
            return new TunedLearningRates(experiment, areas);
        }
        List<RunSpec> runs = new ArrayList<>();
        for (String condition :
                tuning.condition() == null ? experiment.conditions().keySet() : List.of(tuning.condition())) {
            for (String arm : experiment.arms().keySet()) {
                for (double learningRate : tuning.learningRates()) {
                    for (int seed = FIRST_SEED; seed < FIRST_SEED + tuning.seeds(); seed++) {
                        runs.add(RunSpec.of(experiment, condition, arm, learningRate, seed));
                    }
                }
            }
        }
        pool.make("tuning", runs);
        for (RunSpec run : runs) {
            double area = RunResult.read(pool.file(run)).area();
            areas.computeIfAbsent(run.condition(), unseen -> new LinkedHashMap<>())
                    .computeIfAbsent(run.arm(), unseen -> new LinkedHashMap<>())
                    .merge(run.learningRate(), area / tuning.seeds(), Double::sum);
        }
        return new TunedLearningRates(experiment, areas);
    }

    /** True if the chosen rate is at the edge of the grid, so that one beyond it might be better. */
    boolean atEdge(String condition, String arm) {
        List<Double> grid = experiment.tuning().learningRates();
        double rate = learningRate(condition, arm);
        return grid.size() > 1 && (rate == Collections.min(grid) || rate == Collections.max(grid));
    }

    double learningRate(String condition, String arm) {
        if (areas.isEmpty()) {
            return experiment.tuning().learningRates().get(0);
        }
        String where = experiment.tuning().condition() == null
                ? condition
                : experiment.tuning().condition();
        return areas.get(where).get(arm).entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }
}
