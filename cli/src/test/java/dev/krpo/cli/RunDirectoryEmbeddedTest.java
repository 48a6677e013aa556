package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands on the directory of a finished quickstart. */
@Timeout(300)
class RunDirectoryEmbeddedTest {

    @TempDir
    private Path directory;

    @BeforeAll
    static void home() {
        System.setProperty("krpo.home", "..");
    }

    @AfterAll
    static void noHome() {
        System.clearProperty("krpo.home");
    }

    @Test
    void shouldReplayReestimateAndTrainFromAQuickstart() {
        String run = directory.resolve("run").toString();
        assertThat(Cli.run(
                                "quickstart",
                                "--run-dir",
                                run,
                                "--max-minutes",
                                "0.5",
                                "--no-color",
                                "--set",
                                "trainer.batchSize=64",
                                "--set",
                                "topics.partitions=3")
                        .err())
                .isEmpty();
        shouldBeInspected(run);

        Cli replay = Cli.run("replay", "--run-dir", run, "--to", "5");
        assertThat(replay.err()).isEmpty();
        assertThat(replay.out()).contains("reproduced version 5 from version 0").contains("bit-identical");

        Cli again = Cli.run(
                "replay",
                "--run-dir",
                run,
                "--estimator",
                "krpo",
                "--output-prefix",
                "again",
                "--set",
                "topics.partitions=7");
        assertThat(again.err()).isEmpty();
        assertThat(again.out()).contains("krpo (recorded)").contains("100.00 %");

        Path checkpoints = directory.resolve("offline");
        Cli offline = Cli.run(
                "train-offline",
                "--run-dir",
                run,
                "--prefix",
                "again",
                "--checkpoints",
                checkpoints.toString(),
                "--set",
                "trainer.batchSize=64",
                "--set",
                "topics.partitions=7",
                "--set",
                "topics.taskPartitions=2");
        assertThat(offline.err()).isEmpty();
        assertThat(offline.out()).contains("over").contains("done");
        assertThat(checkpoints).isDirectoryContaining("glob:**/v0*[1-9]");
    }

    private static void shouldBeInspected(String run) {
        Cli steps = Cli.run("inspect", "steps", "-n", "1", "--run-dir", run);
        assertThat(steps.err()).isEmpty();
        assertThat(steps.out()).hasLineCount(2).contains("default");
        assertThat(Cli.run("inspect", "retention", "--run-dir", run).out())
                .contains("possible from version 0")
                .contains(run);
        assertThat(Cli.run("inspect", "lag", "--run-dir", run).out())
                .containsPattern("streams +no .*krpo.rollouts +0 ");
        assertThat(Cli.run("dead-letters", "list", "--run-dir", run).out()).contains("0 letters");
        Cli eval = Cli.run("eval", "--held-out", "../examples/arithmetic/held-out.jsonl", "--run-dir", run);
        assertThat(eval.err()).isEmpty();
        assertThat(eval.out()).contains("of default answers").contains("of 500 questions");
    }

    @Test
    void shouldRejectConflictingOptions() {
        assertThat(Cli.run("replay", "--estimator", "krpo").err()).contains("must be given together");
        assertThat(Cli.run("replay", "--estimator", "gpro", "--output-prefix", "p")
                        .err())
                .contains("gpro")
                .contains("krpo-reference");
        assertThat(Cli.run("replay", "--estimator", "krpo", "--output-prefix", "p", "--to", "3")
                        .err())
                .contains("omit them");
        assertThat(Cli.run("replay", "--run-dir", directory.toString()).err()).contains("contains no run");
        assertThat(Cli.run(
                                "train-offline",
                                "--prefix",
                                "p",
                                "--checkpoints",
                                "checkpoints",
                                "--set",
                                "policy.checkpoints=./checkpoints")
                        .err())
                .contains("would be overwritten");
    }
}
