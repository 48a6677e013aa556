package dev.krpo.settings;

import dev.krpo.settings.Config.Given;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** All settings of a program. */
public final class Catalogue {

    private final List<Section> sections;
    private final String passedThrough;
    private final Map<String, Setting<?>> byKey = new TreeMap<>();
    private final Map<String, Setting<?>> byFormerKey = new TreeMap<>();
    private final Map<String, Section> definitions = new TreeMap<>();
    private final List<String> clashes = new ArrayList<>();

    /**
     * Where a jar of a user repeats a key, {@link #check} reports it, so that commands without settings still work.
     *
     * @param sections in the order of the settings document
     * @param passedThrough prefix of keys that belong to a library, which validates them
     * @throws IllegalStateException if two settings that are built in have the same key
     */
    public Catalogue(List<Section> sections, String passedThrough) {
        this.sections = List.copyOf(sections);
        this.passedThrough = passedThrough;
        sections.stream().filter(Catalogue::builtIn).forEach(this::add);
        sections.stream().filter(section -> !builtIn(section)).forEach(this::add);
    }

    private static boolean builtIn(Section section) {
        return section.origin().equals(Section.BUILT_IN);
    }

    private void add(Section section) {
        for (Setting<?> setting : section.settings()) {
            byKey.putIfAbsent(setting.key(), setting);
            define(setting.key(), section);
            for (String former : setting.formerKeys()) {
                byFormerKey.putIfAbsent(former, setting);
                define(former, section);
            }
        }
    }

    private void define(String key, Section section) {
        Section first = definitions.putIfAbsent(key, section);
        if (first != null && builtIn(section)) {
            throw new IllegalStateException(key + " is defined twice, as a key or a former key");
        }
        if (first != null) {
            clashes.add(section.origin() + " defines the setting " + key + ", which " + first.origin()
                    + " defines too; give it another key in the class, or remove the jar");
        }
    }

    /** @throws UsageException if a jar of a user repeats a key, naming the key, the jar and the remedy */
    private void requireDistinctKeys() {
        if (!clashes.isEmpty()) {
            throw new UsageException(String.join("; ", clashes));
        }
    }

    /**
     * The sections in the order of the settings document.
     *
     * @throws UsageException if a jar of a user repeats a key, naming the key, the jar and the remedy
     */
    public List<Section> sections() {
        requireDistinctKeys();
        return sections;
    }

    /** The settings in alphabetical order of their keys. */
    public List<Setting<?>> settings() {
        return List.copyOf(byKey.values());
    }

    /** True unless the setting comes from a jar of a user. */
    public boolean isBuiltIn(Setting<?> setting) {
        return builtIn(definitions.get(setting.key()));
    }

    /** True if the key belongs to the library whose settings are passed through. */
    public boolean isPassedThrough(String key) {
        return key.startsWith(passedThrough) && !byKey.containsKey(key);
    }

    /** True if the setting exists, under this key or as a former key. */
    public boolean isKnown(String key) {
        return byKey.containsKey(key) || byFormerKey.containsKey(key) || isPassedThrough(key);
    }

    /**
     * Checks that every key is known and that every value has the right type and range.
     *
     * @param warn receives a message for each former key
     * @return the same values, all under their current keys
     * @throws InvalidSettingException naming source, key, value and remedy
     * @throws UsageException if a jar of a user repeats a key, naming the key, the jar and the remedy
     */
    public Config check(Config config, Consumer<String> warn) {
        requireDistinctKeys();
        Map<String, Given> present = new LinkedHashMap<>();
        config.given().forEach((key, value) -> {
            Optional<Setting<?>> setting = find(key, value.source());
            String name = setting.map(Setting::key).orElse(key);
            setting.ifPresent(known -> known.parse(value.text(), value.source()));
            if (!name.equals(key)) {
                if (config.given().containsKey(name)) {
                    throw new InvalidSettingException(value.source() + ": " + key + " is the former name of " + name
                            + ", which is set at " + config.given().get(name).source() + "; remove " + key);
                }
                warn.accept(value.source() + ": " + key + " is now called " + name);
            }
            present.put(name, value);
        });
        return Config.of(present.entrySet().stream());
    }

    /** The setting of a key; empty for a key that is passed through. */
    private Optional<Setting<?>> find(String key, String source) {
        if (isPassedThrough(key)) {
            return Optional.empty();
        }
        Setting<?> known = byKey.getOrDefault(key, byFormerKey.get(key));
        if (known == null) {
            throw new InvalidSettingException(source + ": there is no setting " + key
                    + NearestName.of(key, byKey.keySet())
                            .map(nearest -> "; did you mean " + nearest + "?")
                            .orElse("; `krpo settings` lists them all"));
        }
        return Optional.of(known);
    }

    /** Every setting with its value or default, unless that is empty, and all keys that are passed through. */
    public Map<String, Given> effective(Config config) {
        Map<String, Given> effective = new TreeMap<>();
        for (Setting<?> setting : byKey.values()) {
            if (config.has(setting) || !setting.standardText().isEmpty()) {
                effective.put(setting.key(), new Given(config.text(setting), config.source(setting)));
            }
        }
        config.given().forEach((key, value) -> {
            if (isPassedThrough(key)) {
                effective.put(key, value);
            }
        });
        return effective;
    }
}
