package dev.krpo.cli.run;

import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** Chooses the directory of a run. */
public final class RunDirectories {

    private static final Path RUNS = Path.of("runs");

    private RunDirectories() {}

    /**
     * The directory of a new run; it is not created yet.
     *
     * @param given null for one named after the current time
     * @throws UsageException if the directory already holds a run
     */
    public static Path fresh(Path given) {
        if (given == null) {
            return RUNS.resolve(LocalDateTime.now(ZoneId.systemDefault())
                    .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)));
        }
        if (Files.exists(given.resolve(RunDirectory.BROKER))) {
            throw new UsageException("--run-dir " + given
                    + " already holds a run; add --resume to resume it, or choose another" + " directory");
        }
        return given;
    }

    /**
     * The directory of a run to resume.
     *
     * @param given null for the newest one
     * @throws UsageException if there is none
     */
    public static Path existing(Path given) throws IOException {
        Path found = given == null ? newest() : given;
        if (!Files.isDirectory(found.resolve(RunDirectory.BROKER))) {
            throw new UsageException("--resume: " + found + " contains no run; set its directory with --run-dir");
        }
        return found;
    }

    private static Path newest() throws IOException {
        if (Files.isDirectory(RUNS)) {
            try (Stream<Path> all = Files.list(RUNS)) {
                return all.filter(run -> Files.isDirectory(run.resolve(RunDirectory.BROKER)))
                        .max(Comparator.comparing(Path::toString))
                        .orElse(RUNS);
            }
        }
        return RUNS;
    }
}
