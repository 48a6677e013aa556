package dev.krpo.cli.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results of all seeds, by condition and arm. */
record Results(Map<String, Map<String, ArmResult>> byCondition) {

    static Results of(List<RunSpec> runs, List<RunResult> results) {
        Map<String, Map<String, List<RunResult>>> grouped = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            grouped.computeIfAbsent(runs.get(i).condition(), unseen -> new LinkedHashMap<>())
                    .computeIfAbsent(runs.get(i).arm(), unseen -> new ArrayList<>())
                    .add(results.get(i));
        }
        Map<String, Map<String, ArmResult>> byCondition = new LinkedHashMap<>();
        grouped.forEach((condition, arms) -> {
            Map<String, ArmResult> byArm = new LinkedHashMap<>();
            arms.forEach((arm, seeds) -> byArm.put(arm, new ArmResult(seeds)));
            byCondition.put(condition, byArm);
        });
        return new Results(byCondition);
    }
}
