package dev.krpo.cli.role;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.pipeline.settings.CrossChecks;
import dev.krpo.pipeline.settings.Settings;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of a command that runs a role; also runs the role. */
public final class RoleOptions {

    @Mixin
    private ConfigOptions config;

    @Option(
            names = "--print-config",
            description = "Print every setting with its effective value and source, secrets masked, and exit.")
    private boolean printConfig;

    @Option(
            names = "--progress",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Seconds between progress lines; 0 = none (default: ${DEFAULT-VALUE}).")
    private int progressSeconds;

    /** Runs the role that {@code factory} creates from the settings. */
    public void run(String name, Function<Config, Role> factory, PrintWriter out) throws InterruptedException {
        if (progressSeconds < 0) {
            throw new UsageException(
                    "--progress is " + progressSeconds + "; use a number of seconds, or 0 for" + " no progress lines");
        }
        Config resolved = config.resolve();
        if (printConfig) {
            out.print(Settings.toYaml(resolved));
            out.flush();
            return;
        }
        CrossChecks.ofGiven(resolved);
        String where = resolved.get(KafkaSettings.BOOTSTRAP_SERVERS);
        String prefix = resolved.get(TopicSettings.PREFIX);
        new RoleProcess(name, factory.apply(resolved), Duration.ofSeconds(progressSeconds), out)
                .run(name + ": running on " + where + ", topics " + prefix + ".*; Ctrl-C stops it");
    }
}
