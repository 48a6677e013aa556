package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.trainer.settings.SchedulerSettings;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class QuickstartCommandTest {

    @ParameterizedTest
    @CsvSource({
        "krpo, estimator.filter=none, 1",
        "grpo, estimator.filter=none, 8",
        "reinforce, estimator.filter=reinforce-rej, 8",
        "grpo, scheduler.groupSize=4, 4"
    })
    void shouldIssueGroupsIfEstimatorOrFilterCompareCompletions(String estimator, String setting, int groupSize) {
        QuickstartCommand command = new QuickstartCommand();
        new CommandLine(command).parseArgs("--set", setting);

        assertThat(command.configuration(new RunIdentity(estimator, 0), Path.of("run"))
                        .get(SchedulerSettings.GROUP_SIZE))
                .isEqualTo(groupSize);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "worker.reward=mine; there is no reward \"mine\"",
                "worker.maxBatchRows=4 --set scheduler.groupSize=8; scheduler.groupSize is 8",
                "worker.overlongTokens=3; estimator.rewardRange is [0.0, 1.0]: long completions would be rejected",
                "streams.deduplicationIds=16 --set scheduler.groupSize=16; repeats in such a group would count twice"
            })
    void shouldReportInvalidWorkerSettingsBeforeAnythingStarts(String settings, String problem, @TempDir Path folder) {
        System.setProperty("krpo.home", "..");
        try {
            QuickstartCommand command = new QuickstartCommand();
            Path untouched = folder.resolve("run");
            new CommandLine(command).parseArgs(("--run-dir " + untouched + " --set " + settings).split(" "));

            assertThatThrownBy(command::call).hasMessageContaining(problem);
            assertThat(untouched).doesNotExist();
        } finally {
            System.clearProperty("krpo.home");
        }
    }
}
