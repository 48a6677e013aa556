package dev.krpo.experiments;

import dev.krpo.experiments.GradientSpec.Measured;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The measurements of all jobs.
 *
 * @param curves accuracy curves by condition and arm
 * @param gradients gradient noise by condition; empty if not measured
 */
record Results(Map<String, Map<String, ArmResult>> curves, Map<String, List<Measured>> gradients) {

    /** Reads the results from the pool's files. */
    static Results read(RunPool pool, List<RunSpec> runs, List<GradientSpec> gradients) throws IOException {
        Map<String, Map<String, ArmResult>> curves = new LinkedHashMap<>();
        for (RunSpec run : runs) {
            curves.computeIfAbsent(run.condition(), unseen -> new LinkedHashMap<>())
                    .computeIfAbsent(run.arm(), unseen -> new ArmResult(new ArrayList<>()))
                    .seeds()
                    .add(RunResult.read(pool.file(run)));
        }
        Map<String, List<Measured>> measured = new LinkedHashMap<>();
        for (GradientSpec gradient : gradients) {
            measured.computeIfAbsent(gradient.reference().condition(), unseen -> new ArrayList<>())
                    .addAll(gradient.read(pool.file(gradient)));
        }
        return new Results(curves, measured);
    }
}
