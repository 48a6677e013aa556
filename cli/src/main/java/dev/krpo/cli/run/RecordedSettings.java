package dev.krpo.cli.run;

import dev.krpo.cli.config.Configuration;
import dev.krpo.cli.config.Setting;
import dev.krpo.cli.config.YamlSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings that a run had, defaults included, kept in its directory: whoever opens the directory later, perhaps with
 * another build, reads the run with them.
 */
public final class RecordedSettings {

    private static final String FILE = "settings.yaml";
    private static final List<String> PATHS = List.of("policy.baseModel", "policy.checkpoints", "streams.stateDir");

    private RecordedSettings() {}

    /** Leaves out secrets, the address of the broker, and the usual paths inside the directory, which may be moved. */
    public static void write(Path directory, Configuration configuration) throws IOException {
        Map<String, Setting> lasting = new TreeMap<>(configuration.effective());
        lasting.keySet().removeIf(key -> key.equals("kafka.bootstrap.servers") || Configuration.isSecret(key));
        PATHS.forEach(key -> lasting.computeIfPresent(key, (name, setting) -> lasting(directory, name, setting)));
        Files.writeString(directory.resolve(FILE), Configuration.yaml(lasting));
    }

    /** Null for where a run has it by itself. */
    private static Setting lasting(Path directory, String key, Setting setting) {
        Path path = absolute(setting.value());
        return path.equals(absolute(RunDirectory.standard(directory).get(key)))
                ? null
                : new Setting(path.toString(), setting.source());
    }

    private static Path absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize();
    }

    /** Empty for a run of a build that kept none; settings that this build does not know are left out. */
    public static Map<String, Setting> read(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Map.of();
        }
        Map<String, Setting> settings = new LinkedHashMap<>(YamlSettings.read(file));
        settings.keySet().removeIf(key -> !Configuration.isKnown(key));
        return settings;
    }
}
