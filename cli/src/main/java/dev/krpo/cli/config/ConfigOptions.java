package dev.krpo.cli.config;

import dev.krpo.pipeline.settings.KafkaPropertyNames;
import dev.krpo.pipeline.settings.Settings;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.settings.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** Options that give a command its settings. */
public final class ConfigOptions {

    private static final Logger LOG = LoggerFactory.getLogger(ConfigOptions.class);

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with settings; nested or dotted keys.")
    private Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting; overrides the file. Repeatable. `krpo settings` lists all keys.")
    private List<String> assignments = new ArrayList<>();

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "Short for --set kafka.bootstrap.servers=HOST:PORT.")
    private String bootstrapServers;

    /**
     * Reads and validates the given settings.
     *
     * @throws dev.krpo.settings.InvalidSettingException naming file and line or option, key, value and remedy
     */
    public Config resolve() {
        return resolve(Config.defaults());
    }

    /** Like {@link #resolve()}, on top of the command's own settings. */
    public Config resolve(Config defaults) {
        Config config = resolve(defaults, LOG::warn);
        KafkaPropertyNames.warnAboutUnknown(config);
        return config;
    }

    /** Like {@link #resolve(Config)} but without warnings, for a caller that resolves again. */
    public Config resolveSilently(Config defaults) {
        return resolve(defaults, warning -> {});
    }

    private Config resolve(Config defaults, Consumer<String> warn) {
        Config given = Config.defaults();
        if (file != null) {
            if (!Files.isRegularFile(file)) {
                throw new UsageException("--config: no such file: " + file);
            }
            given = given.with(Settings.ALL.check(YamlFile.read(file), warn));
        }
        if (bootstrapServers != null) {
            given = given.with(KafkaSettings.BOOTSTRAP_SERVERS, bootstrapServers, "--bootstrap-servers");
        }
        Config assigned = Config.defaults();
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--set: '" + assignment + "' is not KEY=VALUE, such as topics.prefix=demo");
            }
            assigned = assigned.with(assignment.substring(0, equals), assignment.substring(equals + 1), "--set");
        }
        return Settings.ALL.check(defaults, warn).with(given).with(Settings.ALL.check(assigned, warn));
    }
}
