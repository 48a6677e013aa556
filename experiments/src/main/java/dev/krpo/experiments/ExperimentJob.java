package dev.krpo.experiments;

import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Path;

/** A piece of work for a process of its own, with a result in a file. */
public interface ExperimentJob {

    /** What {@code --run} takes, and what messages call it. */
    String name();

    /** Where the result lies under the experiment's directory; whatever decides the result is in the name. */
    Path file();

    /** Does the work and writes the result completely or not at all. */
    void run(Path file) throws IOException;

    /** The result in a few words. */
    String outcome(Path file) throws IOException;

    /** @throws UsageException if the name is not CONDITION/ARM/LEARNING-RATE/SEED */
    static ExperimentJob named(ExperimentConfig experiment, String name) {
        String[] parts = name.split("/", -1);
        if (parts.length != 4) {
            throw new UsageException("--run is '" + name + "'; use CONDITION/ARM/LEARNING-RATE/SEED");
        }
        long seed = Long.parseLong(parts[3]);
        double learningRate = Double.parseDouble(parts[2]);
        return parts[0].equals(GradientSpec.KIND)
                ? GradientSpec.of(experiment, parts[1], learningRate, seed)
                : RunSpec.of(experiment, parts[0], parts[1], learningRate, seed);
    }
}
