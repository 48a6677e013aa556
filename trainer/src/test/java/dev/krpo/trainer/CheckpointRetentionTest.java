package dev.krpo.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.trainer.settings.TrainerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointRetentionTest {

    private static final long DAY_MS = 86_400_000;

    @TempDir
    private Path directory;

    @Test
    void shouldKeepTheFirstTheNewestAndEveryNthVersionAndWhatIsNoVersion() throws IOException {
        CheckpointRetention retention = retention("-1");
        for (int version = 0; version <= 25; version++) {
            write(version);
            retention.apply(version, version * 400L * DAY_MS);
        }
        Files.createDirectory(directory.resolve("mine"));
        retention.apply(25, 0);

        assertThat(new DirectoryCheckpointStore(directory).names())
                .containsExactly("mine", "v00000000", "v00000010", "v00000020", "v00000023", "v00000024", "v00000025");
    }

    @Test
    void shouldDropAnNthVersionWhenTheLogNoLongerHasWhatFollowsIt() throws IOException {
        CheckpointRetention retention = retention(Long.toString(7 * DAY_MS));
        write(0);
        write(10);
        retention.apply(20, 0);
        retention.apply(21, 7 * DAY_MS);
        assertThat(new DirectoryCheckpointStore(directory).names()).contains("v00000010");

        retention.apply(22, 7 * DAY_MS + 1);
        assertThat(new DirectoryCheckpointStore(directory).names()).containsExactly("v00000000");
    }

    private CheckpointRetention retention(String logMs) {
        Map<String, String> config = new HashMap<>();
        config.put("policy.checkpoints", directory.toString());
        config.put("topics.retentionMs", logMs);
        config.put("trainer.keepCheckpoints", "3");
        config.put("trainer.keepEveryVersions", "10");
        return new CheckpointRetention(new DirectoryCheckpointStore(directory), new TrainerSettings(config));
    }

    private void write(long version) throws IOException {
        Files.createDirectory(directory.resolve(VersionName.of(version)));
    }
}
