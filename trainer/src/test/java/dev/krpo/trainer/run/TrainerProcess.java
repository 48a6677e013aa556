package dev.krpo.trainer.run;

import dev.krpo.settings.Config;
import dev.krpo.trainer.publish.TrainerIo;
import java.util.LinkedHashMap;
import java.util.Map;

/** A trainer in a separate JVM, so that a test can kill it. Arguments: name=value settings. */
public final class TrainerProcess {

    static final int FAILED = 3;
    /** An argument that is not a setting. */
    static final String CRASH_POINT = "crashPoint";

    private TrainerProcess() {}

    public static void main(String[] args) throws InterruptedException {
        Map<String, String> config = new LinkedHashMap<>();
        for (String arg : args) {
            config.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
        }
        String point = config.remove(CRASH_POINT);
        TrainerIo backends = point == null ? TrainerIo.REAL : new CrashingIo(CrashingIo.Point.valueOf(point));
        try (Trainer trainer = new Trainer(Config.of(config), backends)) {
            trainer.start();
            trainer.awaitTermination();
            if (trainer.failure().isPresent()) {
                System.exit(FAILED);
            }
        }
    }
}
