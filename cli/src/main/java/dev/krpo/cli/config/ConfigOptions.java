package dev.krpo.cli.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options by which every role is configured. */
public final class ConfigOptions {

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file with settings; see `krpo settings`")
    private Path file;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "one setting; wins over the file; repeatable")
    private List<String> sets = new ArrayList<>();

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            description = "short for --set kafka.bootstrap.servers=HOST:PORT")
    private String bootstrapServers;

    @Option(names = "--print-config", description = "print the resolved settings and stop; secrets are hidden")
    private boolean print;

    public Map<String, String> load() {
        return load(Map.of());
    }

    /** @param defaults overlaid by the file and the options */
    public Map<String, String> load(Map<String, String> defaults) {
        Map<String, String> config = new LinkedHashMap<>(defaults);
        config.putAll(ConfigFile.load(file, sets));
        if (bootstrapServers != null) {
            config.put("kafka.bootstrap.servers", bootstrapServers);
        }
        return config;
    }

    public boolean print() {
        return print;
    }

    /** One {@code name: value} line a setting; a file that `--config` reads back. */
    public static String resolved(Map<String, String> config) {
        StringBuilder text = new StringBuilder();
        SettingsCatalogue.resolved(config)
                .forEach((name, value) ->
                        text.append(name).append(": \"").append(value).append("\"\n"));
        return text.toString();
    }
}
