package dev.krpo.settings;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The settings that were given, each with its source; all others have their defaults. Immutable. */
public final class Config {

    private static final Config DEFAULTS = new Config(Map.of());

    private final Map<String, Given> given;
    private final Map<Setting<?>, Object> parsed = new ConcurrentHashMap<>();

    /**
     * The value of one setting.
     *
     * @param text as it was written
     * @param source where: {@code file:line} or the option; empty if it is not known
     */
    public record Given(String text, String source) {}

    private Config(Map<String, Given> given) {
        this.given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
    }

    /** Nothing is given. */
    public static Config defaults() {
        return DEFAULTS;
    }

    /** @param values text by key, such as a record holds them */
    public static Config of(Map<String, String> values) {
        return of(values, "");
    }

    /** @param source of all these values */
    public static Config of(Map<String, String> values, String source) {
        Map<String, Given> given = new LinkedHashMap<>();
        values.forEach((key, text) -> given.put(key, new Given(text, source)));
        return new Config(given);
    }

    static Config of(Stream<Map.Entry<String, Given>> entries) {
        Map<String, Given> given = new LinkedHashMap<>();
        entries.forEach(entry -> given.put(entry.getKey(), entry.getValue()));
        return new Config(given);
    }

    /**
     * The value of a setting, or its default.
     *
     * @throws InvalidSettingException if the value is not of the setting's type or range
     */
    @SuppressWarnings("unchecked") // A setting is parsed to its own type.
    public <T> T get(Setting<T> setting) {
        Given value = value(setting);
        return value == null
                ? setting.standard()
                : (T) parsed.computeIfAbsent(setting, key -> setting.parse(value.text, value.source));
    }

    /**
     * The value or default of a setting as text that is the same for equal values, for records.
     *
     * @throws InvalidSettingException if the value is not of the setting's type or range
     */
    public <T> String canonical(Setting<T> setting) {
        return setting.format(get(setting));
    }

    /** Whether the setting was given, if only under a former key. */
    public boolean has(Setting<?> setting) {
        return value(setting) != null;
    }

    /** The value of a setting as it was written, or its default. */
    public String text(Setting<?> setting) {
        Given value = value(setting);
        return value == null ? setting.standardText() : value.text;
    }

    /** Where the value of a setting was given; empty if that is not known. */
    public String source(Setting<?> setting) {
        Given value = value(setting);
        return value == null ? "default" : value.source;
    }

    /** This configuration with one value more, or another one. */
    public <T> Config with(Setting<T> setting, T value) {
        return with(setting, value, "");
    }

    /**
     * As {@link #with(Setting, Object)}.
     *
     * @throws InvalidSettingException if the value is outside of the setting's range
     */
    public <T> Config with(Setting<T> setting, T value, String source) {
        String text = setting.format(value);
        setting.parse(text, source);
        return without(setting).with(setting.key(), text, source);
    }

    /**
     * For keys that only a user knows, such as those of {@code --set}: the text is checked when the setting is read.
     */
    public Config with(String key, String text, String source) {
        return with(Config.of(Map.of(key, text), source));
    }

    /** The settings of both; {@code other} wins. */
    public Config with(Config other) {
        return of(Stream.concat(given.entrySet().stream(), other.given.entrySet().stream()));
    }

    /** This configuration with the defaults of {@code settings}. */
    public Config without(Setting<?>... settings) {
        Map<String, Given> rest = new LinkedHashMap<>(given);
        for (Setting<?> setting : settings) {
            keys(setting).forEach(rest::remove);
        }
        return new Config(rest);
    }

    /** Of this configuration, what was given for {@code settings}. */
    public Config only(Collection<Setting<?>> settings) {
        return of(settings.stream().filter(this::has).map(setting -> Map.entry(setting.key(), value(setting))));
    }

    /** What was given under the keys that {@code wanted} accepts. */
    public Config keeping(Predicate<String> wanted) {
        return of(given.entrySet().stream().filter(entry -> wanted.test(entry.getKey())));
    }

    /**
     * The values whose keys start with {@code prefix}, by the rest of the key; for libraries with settings of their
     * own.
     */
    public Map<String, String> under(String prefix) {
        Map<String, String> values = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                values.put(key.substring(prefix.length()), value.text);
            }
        });
        return values;
    }

    /** What was given, by key. */
    public Map<String, Given> given() {
        return given;
    }

    /** What was given as text by key; {@link #of(Map)} reads it. */
    public Map<String, String> toMap() {
        return under("");
    }

    private Given value(Setting<?> setting) {
        return keys(setting)
                .map(given::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static Stream<String> keys(Setting<?> setting) {
        return Stream.concat(Stream.of(setting.key()), setting.formerKeys().stream());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Config config && toMap().equals(config.toMap());
    }

    @Override
    public int hashCode() {
        return toMap().hashCode();
    }

    @Override
    public String toString() {
        return toMap().toString();
    }
}
