package dev.krpo.cli;

import dev.krpo.cli.config.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo settings}: the tables of every setting. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = "Print every setting as the Markdown of docs/reference/settings.md.",
        footer = {"", "Example: krpo settings > docs/reference/settings.md"})
final class SettingsCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(Settings.toMarkdown());
        spec.commandLine().getOut().flush();
        return Krpo.OK;
    }
}
