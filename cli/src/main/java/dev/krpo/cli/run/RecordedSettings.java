package dev.krpo.cli.run;

import dev.krpo.pipeline.settings.Settings;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.Config.Given;
import dev.krpo.settings.Setting;
import dev.krpo.settings.YamlFile;
import dev.krpo.streams.settings.StreamsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The settings of a run, defaults included, saved in its directory, so that commands that open the run later, perhaps
 * of another build, use the same ones.
 */
public final class RecordedSettings {

    private static final String FILE = "settings.yaml";
    private static final List<Setting<Path>> PATHS =
            List.of(PolicySettings.BASE_MODEL, PolicySettings.CHECKPOINTS, StreamsSettings.STATE_DIR);

    private RecordedSettings() {}

    /** Omits secrets, the broker's address, and the default paths inside the directory, which may be moved. */
    public static void write(Path directory, Config config) throws IOException {
        Map<String, Given> lasting = Settings.ALL.effective(config);
        lasting.keySet().removeIf(key -> key.equals(KafkaSettings.BOOTSTRAP_SERVERS.key()) || Settings.isSecret(key));
        Config standard = RunDirectory.standard(directory, "");
        for (Setting<Path> setting : PATHS) {
            Path path = absolute(config.get(setting));
            if (path.equals(absolute(standard.get(setting)))) {
                lasting.remove(setting.key());
            } else {
                lasting.put(setting.key(), new Given(path.toString(), config.source(setting)));
            }
        }
        Files.writeString(directory.resolve(FILE), YamlFile.write(lasting, key -> false));
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** Empty for a run of a build that saved none; settings that this build does not know are omitted. */
    public static Config read(Path directory) {
        Path file = directory.resolve(FILE);
        return Files.exists(file)
                ? Settings.ALL.check(YamlFile.read(file).keeping(Settings.ALL::isKnown), warning -> {})
                : Config.defaults();
    }
}
