package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that an earlier build recorded stays readable, replayable and resumable. */
class RecordedRunEmbeddedTest {

    @TempDir
    private Path run;

    @BeforeAll
    static void home() {
        System.setProperty("krpo.home", "..");
    }

    @AfterAll
    static void noHome() {
        System.clearProperty("krpo.home");
    }

    @BeforeEach
    void unpack() throws IOException {
        try (InputStream recorded = getClass().getResourceAsStream("/recorded/run-0.1.0.zip");
                ZipInputStream zip = new ZipInputStream(recorded)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Path file = run.resolve(entry.getName());
                Files.createDirectories(file.getParent());
                Files.copy(zip, file);
            }
        }
    }

    @Test
    void shouldReplayAllVersionsBitIdentically() {
        Cli replay = Cli.run("replay", "--run-dir", run.toString());

        assertThat(replay.err()).isEmpty();
        assertThat(replay.out())
                .contains("b8980c7987daae5023cc64bf6b0cd586d2c0a6796a3542d85369b8430890c34e")
                .contains("all 40 versions");
    }

    @Test
    void shouldReestimateEachAdvantageBitIdentically() {
        Cli again = Cli.run("replay", "--run-dir", run.toString(), "--estimator", "krpo", "--output-prefix", "again");

        assertThat(again.err()).isEmpty();
        assertThat(again.out()).containsPattern("krpo \\(recorded\\) +748").containsPattern("krpo +748 .* 100.00 %");
    }

    @Test
    void shouldResumeFromTheLastVersion() {
        Cli resumed = Cli.run(
                "quickstart",
                "--resume",
                "--run-dir",
                run.toString(),
                "--max-minutes",
                "0.3",
                "--no-color",
                "--set",
                "policy.baseModel=" + run.resolve("checkpoints").resolve("v00000000"),
                "--set",
                "trainer.batchSize=16",
                "--set",
                "topics.retentionMs=-1");
        assertThat(resumed.err()).isEmpty();

        Cli replay = Cli.run("replay", "--run-dir", run.toString(), "--to", "42");
        assertThat(replay.err()).isEmpty();
        assertThat(replay.out()).contains("all 42 versions");
    }
}
