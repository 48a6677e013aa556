package dev.krpo.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.runtime.settings.KafkaSettings;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RunOptionsTest {

    @Test
    void shouldNotWaitForAbsentBrokersAsLongAsARoleDoes() {
        assertThat(clients(options().open()))
                .containsEntry("default.api.timeout.ms", "60000")
                .containsEntry("max.block.ms", "60000")
                .containsEntry("delivery.timeout.ms", "120000");
        assertThat(clients(options("--set", "kafka.max.block.ms=7").open())).containsEntry("max.block.ms", "7");
        assertThat(clients(options().openPatiently())).containsEntry("default.api.timeout.ms", 720_000);
    }

    private static RunOptions options(String... args) {
        return CommandLine.populateCommand(new RunOptions(), args);
    }

    private static Map<String, Object> clients(OpenRun run) {
        try (run) {
            return new KafkaSettings(run.config()).client(Map.of());
        }
    }
}
