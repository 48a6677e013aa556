package dev.krpo.cli.run;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.KafkaTimeouts;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that looks at a run: on a cluster, or in a directory of this machine. */
public final class RunOptions {

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "The directory of a finished quickstart, in place of a cluster: its broker is started for"
                    + " the time of"
                    + " this command, and its own settings hold.")
    private Path directory;

    @Mixin
    private ConfigOptions options;

    /**
     * The run, open until it is closed, for a command that somebody waits for: its clients have Kafka's own time-outs.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting that is wrong
     * @throws dev.krpo.cli.config.UsageException naming what is wrong with the other options, or who works in the
     *     directory
     */
    public OpenRun open() {
        return open(KafkaTimeouts.OWN);
    }

    /** As {@link #open()}, for work that waits for absent brokers as long as a role does. */
    public OpenRun openPatiently() {
        return open(Config.defaults());
    }

    private OpenRun open(Config defaults) {
        if (directory == null) {
            return new OpenRun(options.resolve(defaults), null);
        }
        // What was given is checked before a broker is started.
        options.resolveSilently(Config.defaults());
        RunDirectory run = RunDirectory.open(directory);
        boolean opened = false;
        try {
            OpenRun open = new OpenRun(options.resolve(defaults.with(run.settings())), run);
            opened = true;
            return open;
        } finally {
            if (!opened) {
                run.close();
            }
        }
    }
}
