package dev.krpo.cli.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options with which a command takes its settings. */
public final class ConfigOptions {

    @Option(names = "--config", paramLabel = "FILE", description = "Settings as YAML, nested or with dots.")
    private Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting; wins over the file. Repeatable. `krpo settings` lists all keys.")
    private List<String> assignments = new ArrayList<>();

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "Short for --set kafka.bootstrap.servers=HOST:PORT.")
    private String bootstrapServers;

    /**
     * Reads and checks everything given.
     *
     * @throws UsageException naming file and line or option, key, value and remedy
     */
    public Configuration resolve() {
        return resolve(Map.of());
    }

    /** As {@link #resolve()}, on top of the settings that a command comes with. */
    public Configuration resolve(Map<String, Setting> defaults) {
        Configuration configuration = resolveSilently(defaults);
        KafkaPropertyNames.warnAboutUnknown(configuration.values());
        return configuration;
    }

    /** As {@link #resolve(Map)} without its warnings, for a caller that resolves again. */
    public Configuration resolveSilently(Map<String, Setting> defaults) {
        Map<String, Setting> given = new LinkedHashMap<>(defaults);
        if (file != null) {
            given.putAll(YamlSettings.read(file));
        }
        if (bootstrapServers != null) {
            given.put("kafka.bootstrap.servers", new Setting(bootstrapServers, "--bootstrap-servers"));
        }
        for (String assignment : assignments) {
            int equals = assignment.indexOf('=');
            if (equals < 1) {
                throw new UsageException("--set: '" + assignment + "' is not KEY=VALUE, such as topics.prefix=demo");
            }
            given.put(assignment.substring(0, equals), new Setting(assignment.substring(equals + 1), "--set"));
        }
        return new Configuration(given);
    }
}
