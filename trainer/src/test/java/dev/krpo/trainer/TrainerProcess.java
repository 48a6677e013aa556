package dev.krpo.trainer;

import java.util.LinkedHashMap;
import java.util.Map;

/** A trainer in a JVM of its own, so that a test can kill it. Arguments: name=value settings. */
public final class TrainerProcess {

    static final int FAILED = 3;

    private TrainerProcess() {}

    public static void main(String[] args) throws InterruptedException {
        Map<String, String> config = new LinkedHashMap<>();
        for (String arg : args) {
            config.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        try (Trainer trainer = new Trainer(config)) {
            trainer.start();
            trainer.awaitTermination();
            if (trainer.failure().isPresent()) {
                System.exit(FAILED);
            }
        }
    }
}
