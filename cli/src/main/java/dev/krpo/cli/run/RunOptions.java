package dev.krpo.cli.run;

import dev.krpo.cli.config.ConfigOptions;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that looks at a run: on a cluster, or in a directory of this machine. */
public final class RunOptions {

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description =
                    "The directory of a finished quickstart, in place of a cluster: its broker is started for the time of"
                            + " this command, and its own settings hold.")
    private Path directory;

    @Mixin
    private ConfigOptions options;

    /**
     * The run, open until it is closed.
     *
     * @throws dev.krpo.cli.config.UsageException naming what is wrong with the options, or who works in the directory
     */
    public OpenRun open() {
        if (directory == null) {
            return new OpenRun(options.resolve().values(), null);
        }
        // What was given is checked before a broker is started.
        options.resolve(Map.of());
        RunDirectory run = RunDirectory.open(directory);
        boolean opened = false;
        try {
            OpenRun open = new OpenRun(options.resolve(run.settings()).values(), run);
            opened = true;
            return open;
        } finally {
            if (!opened) {
                run.close();
            }
        }
    }
}
