package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
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
    void shouldIssueGroupsWhereEstimatorOrFilterCompareCompletions(String estimator, String setting, String groupSize) {
        QuickstartCommand command = new QuickstartCommand();
        new CommandLine(command).parseArgs("--set", setting);

        assertThat(command.configuration(new RunIdentity(estimator, 0), Path.of("run"))
                        .values())
                .containsEntry("scheduler.groupSize", groupSize);
    }
}
