package dev.krpo.cli.run;

import dev.krpo.cli.config.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/** Which directory a run goes to. */
public final class RunDirectories {

    private static final Path RUNS = Path.of("runs");

    private RunDirectories() {}

    /**
     * Where a new run goes; nothing is made yet.
     *
     * @param given null for one named after the present time
     * @throws UsageException if a run is there already
     */
    public static Path fresh(Path given) {
        if (given == null) {
            return RUNS.resolve(LocalDateTime.now(ZoneId.systemDefault())
                    .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT)));
        }
        if (Files.exists(given.resolve(RunDirectory.BROKER))) {
            throw new UsageException(
                    "--run-dir " + given + " holds a run already; add --resume to continue it, or name another");
        }
        return given;
    }

    /**
     * A run to resume.
     *
     * @param given null for the newest one
     * @throws UsageException if there is none
     */
    public static Path existing(Path given) throws IOException {
        Path found = given == null ? newest() : given;
        if (!Files.isDirectory(found.resolve(RunDirectory.BROKER))) {
            throw new UsageException("--resume: " + found + " holds no run; give its directory with --run-dir");
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
