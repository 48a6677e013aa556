package dev.krpo.cli;

import dev.krpo.pipeline.settings.Settings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo settings}: prints the reference of all settings. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = "Print the reference of all settings, docs/reference/settings.md, in Markdown.",
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
