package dev.krpo.settings;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The given settings, each with its source; all others have their defaults. Immutable. */
public final class Config {

    private static final Config DEFAULTS = new Config(Map.of());

    private final Map<String, Given> given;
    private final Map<Setting<?>, Object> parsed = new ConcurrentHashMap<>();

    /**
     * The given value of a setting.
     *
     * @param text as written
     * @param source {@code file:line} or the option; empty if unknown
     */
    public record Given(String text, String source) {}

    private Config(Map<String, Given> given) {
        this.given = Collections.unmodifiableMap(new LinkedHashMap<>(given));
    }

    /** The empty configuration. */
    public static Config defaults() {
        return DEFAULTS;
    }

    /** @param values text by key, for example from a record */
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
    @SuppressWarnings("unchecked") // A setting parses to its own type.
    public <T> T get(Setting<T> setting) {
        Given value = value(setting);
        return value == null
                ? setting.standard()
                : (T) parsed.computeIfAbsent(setting, key -> setting.parse(value.text, value.source));
    }

    /**
     * The value or default of a setting as canonical text, the same for equal values, for records.
     *
     * @throws InvalidSettingException if the value is not of the setting's type or range
     */
    public <T> String canonical(Setting<T> setting) {
        return setting.format(get(setting));
    }

    /** True if the setting was given, under its current or a former key. */
    public boolean has(Setting<?> setting) {
        return value(setting) != null;
    }

    /** The value of a setting as written, or its default. */
    public String text(Setting<?> setting) {
        Given value = value(setting);
        return value == null ? setting.standardText() : value.text;
    }

    /** The source of a setting's value; empty if unknown. */
    public String source(Setting<?> setting) {
        Given value = value(setting);
        return value == null ? "default" : value.source;
    }

    /** This configuration with a value added or replaced. */
    public <T> Config with(Setting<T> setting, T value) {
        return with(setting, value, "");
    }

    /**
     * Like {@link #with(Setting, Object)}.
     *
     * @throws InvalidSettingException if the value is outside the setting's range
     */
    public <T> Config with(Setting<T> setting, T value, String source) {
        String text = setting.format(value);
        setting.parse(text, source);
        return without(setting).with(setting.key(), text, source);
    }

    /** For keys chosen by the user, such as those of {@code --set}: the text is validated when the setting is read. */
    public Config with(String key, String text, String source) {
        return with(Config.of(Map.of(key, text), source));
    }

    /** The settings of both; {@code other} takes precedence. */
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

    /** Only the given values of {@code settings}. */
    public Config only(Collection<Setting<?>> settings) {
        return of(settings.stream().filter(this::has).map(setting -> Map.entry(setting.key(), value(setting))));
    }

    /** Only the given values whose keys {@code wanted} accepts. */
    public Config keeping(Predicate<String> wanted) {
        return of(given.entrySet().stream().filter(entry -> wanted.test(entry.getKey())));
    }

    /**
     * The values whose keys start with {@code prefix}, by the rest of the key; for libraries with their own settings.
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

    /** The given values by key. */
    public Map<String, Given> given() {
        return given;
    }

    /** The given values as text by key; {@link #of(Map)} reads them. */
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
