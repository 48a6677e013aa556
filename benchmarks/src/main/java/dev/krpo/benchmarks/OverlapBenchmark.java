package dev.krpo.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.quickstart.QuickstartCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine;

/**
 * Runs a one-minute quickstart: the combined busy time of worker and trainer exceeds the elapsed time only if they
 * overlap.
 */
final class OverlapBenchmark implements Benchmark {

    @Override
    public String name() {
        return "overlap";
    }

    @Override
    public String claim() {
        return "busy time of worker plus trainer over the elapsed time of a one-minute quickstart";
    }

    @Override
    public Measurement run(Consumer<String> progress) throws Exception {
        Path directory = Files.createTempDirectory("krpo-overlap");
        int exit = new CommandLine(new QuickstartCommand())
                .execute("--max-minutes", "1", "--ephemeral", "--run-dir", directory.toString());
        if (exit != 0) {
            throw new IllegalStateException("the quickstart ended with exit code " + exit + "; see " + directory);
        }
        JsonNode summary =
                new ObjectMapper().readTree(directory.resolve("summary.json").toFile());
        double worker = summary.get("busy_worker").asDouble();
        double trainer = summary.get("busy_trainer").asDouble();
        progress.accept(String.format("worker busy %.0f %%, trainer busy %.0f %%", 100 * worker, 100 * trainer));
        return new Measurement(
                name(),
                "% of the elapsed time",
                "worker plus trainer",
                List.of(100 * (worker + trainer)),
                "elapsed",
                List.of(100.0),
                1);
    }
}
