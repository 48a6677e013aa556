package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** Checks the page with the help of every command. */
class CliReferenceTest {

    private static final Path PAGE = Path.of("..", "docs", "reference", "cli.md");

    @Test
    void shouldMatchTheHelpOfTheCommands() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Commands

                The help of every command, as `krpo COMMAND --help` prints it.
                `CliReferenceTest` generates it and explains how to update this page when it differs.
                """);
        describe(Krpo.commandLine(), page);
        Files.writeString(Path.of("target", "cli.md"), page);

        assertThat(Files.readString(PAGE))
                .as("%s differs from the commands: cp cli/target/cli.md docs/reference/cli.md", PAGE)
                .isEqualTo(page.toString());
    }

    private static void describe(CommandLine command, StringBuilder page) {
        command.setUsageHelpAutoWidth(false).setUsageHelpWidth(110);
        page.append("\n## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```\n");
        command.getUsageMessage(Ansi.OFF).lines().map(String::stripTrailing).forEach(line -> page.append(line)
                .append('\n'));
        page.append("```\n");
        new LinkedHashSet<>(command.getSubcommands().values()).forEach(sub -> describe(sub, page));
    }
}
