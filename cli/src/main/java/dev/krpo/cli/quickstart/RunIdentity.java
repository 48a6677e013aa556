package dev.krpo.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.config.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What makes a run this run and no other, kept in its directory: resuming with another estimator or seed would make one
 * curve of two experiments.
 */
record RunIdentity(String estimator, long seed) {

    private static final String FILE = "run.json";

    /**
     * The identity of the run in {@code directory}.
     *
     * @param estimator what the caller wants, or null for the run's own
     * @param seed what the caller wants, or null for the run's own
     * @throws UsageException if the caller wants another one
     */
    static RunIdentity of(Path directory, String estimator, Long seed) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            throw new UsageException("--resume: " + file + " is missing, so " + directory
                    + " is no whole run; start a new one without --resume");
        }
        RunIdentity run = new ObjectMapper().readValue(file.toFile(), RunIdentity.class);
        if (estimator != null && !estimator.equals(run.estimator)) {
            throw new UsageException("--estimator " + estimator + ": the run in " + directory + " has " + run.estimator
                    + "; leave the option out, or start a new run without --resume");
        }
        if (seed != null && seed != run.seed) {
            throw new UsageException("--seed " + seed + ": the run in " + directory + " has " + run.seed
                    + "; leave the option out, or start a new run without --resume");
        }
        return run;
    }

    void write(Path directory) throws IOException {
        Files.writeString(directory.resolve(FILE), new ObjectMapper().writeValueAsString(this) + "\n");
    }
}
