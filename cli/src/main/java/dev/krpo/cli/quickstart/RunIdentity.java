package dev.krpo.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The identity of a run, saved in its directory: resuming with another estimator or seed would mix two experiments in
 * one curve.
 */
record RunIdentity(String estimator, long seed) {

    private static final String FILE = "run.json";

    /**
     * The identity of the run in {@code directory}.
     *
     * @param estimator the requested one, or null for the run's own
     * @param seed the requested one, or null for the run's own
     * @throws UsageException if the request differs from the run's own
     */
    static RunIdentity of(Path directory, String estimator, Long seed) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UsageException("--resume: " + file + " is missing, so " + directory
                    + " is not a complete run; start a new one without --resume");
        }
        RunIdentity run = new ObjectMapper().readValue(file.toFile(), RunIdentity.class);
        if (estimator != null && !estimator.equals(run.estimator)) {
            throw new UsageException("--estimator " + estimator + ": the run in " + directory + " uses" + " "
                    + run.estimator + "; omit the option, or start a new run without --resume");
        }
        if (seed != null && seed != run.seed) {
            throw new UsageException("--seed " + seed + ": the run in " + directory + " uses " + run.seed + ";"
                    + " omit the option, or start a new run without --resume");
        }
        return run;
    }

    void write(Path directory) throws IOException {
        Files.writeString(directory.resolve(FILE), new ObjectMapper().writeValueAsString(this) + "\n");
    }
}
