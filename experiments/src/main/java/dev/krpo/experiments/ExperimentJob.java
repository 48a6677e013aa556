package dev.krpo.experiments;

import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Path;

/** A job that runs in its own process and writes its result to a file. */
public interface ExperimentJob {

    /** The value of {@code --run}, also used in messages. */
    String name();

    /** Path of the result in the experiment's directory; the name reflects everything that determines the result. */
    Path file();

    /** Runs the job and writes the result atomically. */
    void run(Path file) throws IOException;

    /** One-line summary of the result. */
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
