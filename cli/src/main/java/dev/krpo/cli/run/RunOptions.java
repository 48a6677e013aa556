package dev.krpo.cli.run;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.KafkaTimeouts;
import dev.krpo.settings.Config;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of a command that reads a run: on a cluster, or in a local directory. */
public final class RunOptions {

    @Option(
            names = "--run-dir",
            paramLabel = "DIR",
            description = "The directory of a finished quickstart, instead of a cluster: its broker runs for"
                    + " the duration of this command, and its own settings apply.")
    private Path directory;

    @Mixin
    private ConfigOptions options;

    /**
     * Opens the run for an interactive command: its clients use Kafka's own timeouts.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming the setting that is wrong
     * @throws dev.krpo.settings.UsageException naming the problem with the other options, or the process that uses the
     *     directory
     */
    public OpenRun open() {
        return open(KafkaTimeouts.OWN);
    }

    /** Like {@link #open()}, for work that waits for absent brokers as long as a role does. */
    public OpenRun openPatiently() {
        return open(Config.defaults());
    }

    private OpenRun open(Config defaults) {
        if (directory == null) {
            return new OpenRun(options.resolve(defaults), null);
        }
        // Validate the given settings before starting a broker.
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
