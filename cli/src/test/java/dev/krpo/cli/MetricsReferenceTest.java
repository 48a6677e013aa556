package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.runtime.role.Role;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the page with the meters of every role. */
class MetricsReferenceTest {

    private static final Path PAGE = Path.of("..", "docs", "reference", "metrics.md");

    @TempDir
    Path folder;

    @Test
    void shouldListEveryMeterOfEveryRole() throws IOException {
        Config config =
                Config.of(Map.of("kafka.bootstrap.servers", "localhost:1", "streams.stateDir", folder.toString()));
        MeterRegistry registry = new SimpleMeterRegistry();
        String table;
        try (Role worker = new RolloutWorker(config);
                Role streams = new StreamsApp(config);
                Role trainer = new Trainer(config)) {
            List.of(worker, streams, trainer).forEach(role -> role.meters().bindTo(registry));
            table =
                    registry.getMeters().stream()
                            .map(MetricsReferenceTest::row)
                            .collect(Collectors.toCollection(TreeSet::new))
                            .stream()
                            .collect(Collectors.joining(
                                    "\n", "| meter | kind | tags | counts |\n|---|---|---|---|\n", "\n"));
        }

        assertThat(Files.readString(PAGE)).contains("\n" + table + "\n");
    }

    private static String row(Meter meter) {
        Meter.Id id = meter.getId();
        String tags = id.getTags().stream().map(Tag::getKey).collect(Collectors.joining(", "));
        assertThat(id.getName()).matches("krpo(\\.[a-z]+)+");
        assertThat(id.getDescription()).as(id.getName()).isNotBlank();
        return "| `%s` | %s | %s | %s |"
                .formatted(
                        id.getName(),
                        id.getType().name().toLowerCase(Locale.ROOT),
                        tags.isEmpty() ? "" : "`" + tags + "`",
                        id.getDescription());
    }
}
