package dev.krpo.cli;

import dev.krpo.cli.config.SettingsCatalogue;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code krpo settings}. */
@Command(
        name = "settings",
        mixinStandardHelpOptions = true,
        description = "Prints every setting with its default and meaning, as Markdown.")
final class SettingsCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        System.out.print(SettingsCatalogue.markdown());
        return 0;
    }
}
