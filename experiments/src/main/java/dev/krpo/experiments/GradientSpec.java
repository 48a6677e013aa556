package dev.krpo.experiments;

import dev.krpo.experiments.ExperimentConfig.Gradients;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the gradients of every arm at policies along one run of the reference arm.
 *
 * @param reference the run that provides the policies
 * @param arms one run per arm, with the settings for its gradients
 */
record GradientSpec(Gradients gradients, RunSpec reference, List<RunSpec> arms) implements ExperimentJob {

    static final String KIND = "gradients";

    private static final String HEADER = "at,arm,noise,signal";

    /** One measurement. */
    record Measured(double at, String arm, GradientNoise gradient) {}

    static GradientSpec of(ExperimentConfig experiment, String condition, double learningRate, long seed) {
        List<RunSpec> arms = new ArrayList<>();
        experiment.arms().keySet().forEach(arm -> arms.add(RunSpec.of(experiment, condition, arm, learningRate, seed)));
        RunSpec reference = RunSpec.of(experiment, condition, experiment.reference(), learningRate, seed);
        return new GradientSpec(experiment.gradients(), reference, arms);
    }

    @Override
    public String name() {
        return KIND + "/" + reference.condition() + "/" + reference.learningRate() + "/" + reference.seed();
    }

    @Override
    public Path file() {
        Map<String, String> all = new LinkedHashMap<>();
        arms.forEach(arm -> all.put(arm.arm(), arm.digest("")));
        return Path.of(
                "runs",
                reference.condition(),
                KIND + "--seed" + reference.seed() + "--" + reference.digest(all + gradients.toString()) + ".csv");
    }

    @Override
    public void run(Path file) throws IOException {
        List<String> rows = new ArrayList<>();
        try (SynchronousRun along = SynchronousRun.of(reference)) {
            for (double at : gradients.at()) {
                along.advance(at);
                for (RunSpec arm : arms) {
                    try (SynchronousRun fork = along.still(arm)) {
                        GradientNoise noise = GradientNoise.of(fork.gradients(gradients.warmup(), gradients.batches()));
                        rows.add(at + "," + arm.arm() + "," + noise.noise() + "," + noise.signal());
                    }
                }
            }
        }
        ResultFile.write(file, HEADER, rows);
    }

    List<Measured> read(Path file) throws IOException {
        return ResultFile.read(file, HEADER).stream()
                .map(row -> new Measured(
                        Double.parseDouble(row[0]),
                        row[1],
                        new GradientNoise(Double.parseDouble(row[2]), Double.parseDouble(row[3]))))
                .toList();
    }

    @Override
    public String outcome(Path file) throws IOException {
        List<Measured> measured = read(file);
        Measured last = measured.get(measured.size() - 1);
        return String.format(
                Locale.ROOT,
                "noise over signal of %s at %.2f of the run: %s",
                last.arm(),
                last.at(),
                last.gradient().format());
    }
}
