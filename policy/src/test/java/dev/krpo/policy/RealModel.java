package dev.krpo.policy;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** A published model on disk, for tests that need one; they are skipped where there is none. */
public final class RealModel {

    private static final String VARIABLE = "KRPO_MODEL";

    private RealModel() {}

    /**
     * The directory of SmolLM2-135M-Instruct.
     *
     * @throws IllegalStateException if the variable is set and the directory has no model
     */
    public static Path smolLm2() {
        String directory = System.getenv(VARIABLE);
        assumeTrue(
                directory != null,
                VARIABLE + " is not set; tools/models/smollm2.sh DIR makes the model, then set " + VARIABLE + "=DIR");
        Path model = Path.of(directory);
        if (!Files.exists(model.resolve("tokenizer.json"))) {
            throw new IllegalStateException(
                    VARIABLE + " is " + directory + ", which has no tokenizer.json; name a model's directory");
        }
        return model;
    }
}
