package dev.krpo.cli.role;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.Configuration;
import dev.krpo.cli.config.CrossChecks;
import dev.krpo.cli.config.UsageException;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.TopicSettings;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that runs a role, and the running of it. */
public final class RoleOptions {

    @Mixin
    private ConfigOptions config;

    @Option(
            names = "--print-config",
            description = "Print every setting with its value and where that comes from, secrets masked, and stop.")
    private boolean printConfig;

    @Option(
            names = "--progress",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "Seconds between two progress lines; 0 = none (default: ${DEFAULT-VALUE}).")
    private int progressSeconds;

    /** Runs the role that {@code factory} makes from the flat configuration. */
    public void run(String name, Function<Map<String, String>, Role> factory, PrintWriter out)
            throws InterruptedException {
        if (progressSeconds < 0) {
            throw new UsageException("--progress is " + progressSeconds + "; give seconds, or 0 for no progress lines");
        }
        Configuration configuration = config.resolve();
        if (printConfig) {
            out.print(configuration.toYaml());
            out.flush();
            return;
        }
        Map<String, String> values = configuration.values();
        CrossChecks.ofGiven(values);
        String where = new KafkaSettings(values).bootstrapServers();
        String prefix = new TopicSettings(values).prefix();
        new RoleProcess(name, factory.apply(values), Duration.ofSeconds(progressSeconds), out)
                .run(name + ": running on " + where + ", topics " + prefix + ".*; Ctrl-C stops it");
    }
}
