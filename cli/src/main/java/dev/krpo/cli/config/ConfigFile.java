package dev.krpo.cli.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.krpo.cli.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A YAML file and {@code --set} options as one flat map; unknown keys are refused. */
public final class ConfigFile {

    private static final YAMLMapper YAML = new YAMLMapper(new YAMLFactory());

    private ConfigFile() {}

    /**
     * @param file null for none
     * @param sets {@code name=value}; they win over the file
     * @throws UsageException naming file, key and remedy
     */
    public static Map<String, String> load(Path file, List<String> sets) {
        Map<String, String> config = new LinkedHashMap<>();
        if (file != null) {
            if (!Files.isReadable(file)) {
                throw new UsageException("--config " + file + ": no such file");
            }
            try (InputStream stream = Files.newInputStream(file)) {
                config.putAll(read(stream, file.toString()));
            } catch (IOException e) {
                throw new UsageException("--config " + file + " cannot be read: " + e.getMessage(), e);
            }
        }
        for (String set : sets) {
            int equals = set.indexOf('=');
            if (equals <= 0) {
                throw new UsageException("--set " + set + ": write name=value, such as trainer.learningRate=3e-4");
            }
            config.put(
                    set.substring(0, equals).trim(), set.substring(equals + 1).trim());
        }
        check(config);
        return config;
    }

    /** Reads YAML without checking names. */
    public static Map<String, String> read(InputStream stream, String origin) throws IOException {
        Map<String, String> config = new LinkedHashMap<>();
        try {
            JsonNode root = YAML.readTree(stream);
            if (root == null || root.isMissingNode() || root.isNull()) {
                return config;
            }
            if (!root.isObject()) {
                throw new UsageException(origin + ": a map of settings is needed, found " + root);
            }
            flatten("", root, config, origin);
        } catch (JacksonException e) {
            throw new UsageException(
                    origin + ":"
                            + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": no YAML: "
                            + e.getOriginalMessage(),
                    e);
        }
        return config;
    }

    private static void flatten(String prefix, JsonNode node, Map<String, String> config, String origin) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String name = prefix + field.getKey();
            JsonNode value = field.getValue();
            if (value.isObject()) {
                flatten(name + ".", value, config, origin);
            } else if (value.isArray()) {
                throw new UsageException(origin + ": " + name + " is a list; write its values separated by commas");
            } else if (!value.isNull()) {
                config.put(name, value.asText());
            }
        }
    }

    private static void check(Map<String, String> config) {
        Set<String> known = Set.copyOf(SettingsCatalogue.names());
        for (String name : config.keySet()) {
            if (!known.contains(name) && !name.startsWith("kafka.")) {
                throw new UsageException("unknown setting " + name + "; the nearest known one is "
                        + SettingsCatalogue.nearest(name) + " (`krpo settings` lists all; sections: "
                        + SettingsCatalogue.sectionNames() + ")");
            }
        }
    }
}
