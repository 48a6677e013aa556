package dev.krpo.cli.run;

import dev.krpo.pipeline.settings.Settings;
import dev.krpo.policy.checkpoint.CheckpointStores;
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
import java.util.Map;

/**
 * The settings of a run, defaults included, saved in its directory, so that commands that open the run later, perhaps
 * of another build, use the same ones.
 */
public final class RecordedSettings {

    private static final String FILE = "settings.yaml";

    private RecordedSettings() {}

    /** Omits secrets, the broker's address, and the default paths inside the directory, which may be moved. */
    public static void write(Path directory, Config config) throws IOException {
        Map<String, Given> lasting = Settings.ALL.effective(config);
        lasting.keySet().removeIf(key -> key.equals(KafkaSettings.BOOTSTRAP_SERVERS.key()) || Settings.isSecret(key));
        Map<Setting<?>, String> places = places(config);
        Map<Setting<?>, String> standardPlaces = places(RunDirectory.standard(directory, ""));
        places.forEach((setting, place) -> {
            if (place.equals(standardPlaces.get(setting))) {
                lasting.remove(setting.key());
            } else {
                lasting.put(setting.key(), new Given(place, config.source(setting)));
            }
        });
        Files.writeString(directory.resolve(FILE), YamlFile.write(lasting, key -> false));
    }

    /** Absolute, so that they are found from any working directory. */
    private static Map<Setting<?>, String> places(Config config) {
        return Map.of(
                PolicySettings.BASE_MODEL, absolute(config.get(PolicySettings.BASE_MODEL)),
                PolicySettings.CHECKPOINTS,
                        CheckpointStores.of(config, PolicySettings.CHECKPOINTS).location(),
                StreamsSettings.STATE_DIR, absolute(config.get(StreamsSettings.STATE_DIR)));
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }

    /** Empty for a run of a build that saved none; settings that this build does not know are omitted. */
    public static Config read(Path directory) {
        Path file = directory.resolve(FILE);
        return Files.exists(file)
                ? Settings.ALL.check(YamlFile.read(file).keeping(Settings.ALL::isKnown), warning -> {})
                : Config.defaults();
    }
}
