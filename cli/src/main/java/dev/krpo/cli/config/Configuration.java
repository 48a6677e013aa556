package dev.krpo.cli.config;

import dev.krpo.settings.NearestName;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.apache.kafka.common.config.ConfigException;

/** The settings that were given, checked: every key is known, every value has its type and range. */
public final class Configuration {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9./][A-Za-z0-9_./,:+-]*");
    /** Names of properties that only a plug-in knows: a login module's, an interceptor's. */
    private static final Pattern SECRET = Pattern.compile("password|passphrase|secret|jaas|token|credential|\\.key$");

    private static final String MASK = "********";

    private final Map<String, Setting> given;

    /** @throws UsageException naming the source, the key, the value and the remedy */
    public Configuration(Map<String, Setting> given) {
        this.given = given;
        given.forEach(Configuration::check);
    }

    /** The flat form that every role takes. */
    public Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        given.forEach((key, setting) -> values.put(key, setting.value()));
        return Collections.unmodifiableMap(values);
    }

    /**
     * Every setting with its effective value and where that comes from, as a file that {@code --config} reads; values that
     * may be secrets are masked.
     */
    public String toYaml() {
        Map<String, Setting> shown = new TreeMap<>(effective());
        shown.replaceAll((key, setting) -> isSecret(key) ? new Setting(MASK, setting.source()) : setting);
        return yaml(shown);
    }

    /** What was given, and the defaults of all other settings. */
    public Map<String, Setting> effective() {
        Map<String, Setting> effective = new TreeMap<>();
        Settings.keys().forEach((name, key) -> {
            if (key.hasDefault() && key.defaultValue != null) {
                effective.put(name, new Setting(ConfigDef.convertToString(key.defaultValue, key.type), "default"));
            }
        });
        effective.putAll(given);
        return effective;
    }

    /** A file that {@code --config} reads, with the source of each setting behind it. */
    public static String yaml(Map<String, Setting> settings) {
        StringBuilder yaml = new StringBuilder();
        settings.forEach((key, setting) -> yaml.append(key)
                .append(": ")
                .append(setting.value().equals(MASK) ? MASK : quoted(setting.value()))
                .append("  # ")
                .append(setting.source())
                .append('\n'));
        return yaml.toString();
    }

    private static void check(String name, Setting setting) {
        if (Settings.isKafkaProperty(name)) {
            return;
        }
        ConfigKey key = Settings.keys().get(name);
        if (key == null) {
            Optional<String> nearest = NearestName.of(name, Settings.keys().keySet());
            throw new UsageException(setting.source() + ": there is no setting " + name
                    + nearest.map(known -> "; did you mean " + known + "?").orElse("; `krpo settings` lists them all"));
        }
        Object value = parse(key, setting);
        try {
            if (key.validator != null) {
                key.validator.ensureValid(name, value);
            }
        } catch (ConfigException e) {
            throw new UsageException(setting.source() + ": " + e.getMessage(), e);
        }
    }

    private static Object parse(ConfigKey key, Setting setting) {
        try {
            return ConfigDef.parseType(key.name, setting.value(), key.type);
        } catch (ConfigException e) {
            throw new UsageException(
                    setting.source() + ": " + key.name + " is '" + setting.value() + "'; use " + expected(key.type), e);
        }
    }

    private static String expected(ConfigDef.Type type) {
        return switch (type) {
            case BOOLEAN -> "true or false";
            case INT, SHORT, LONG ->
                "a whole number that fits into " + type.name().toLowerCase(Locale.ROOT);
            case DOUBLE -> "a number";
            case LIST -> "a list";
            case CLASS -> "the name of a class on the classpath";
            case STRING, PASSWORD -> "text";
        };
    }

    /** Whether this build has the setting, or hands it to the Kafka clients. */
    public static boolean isKnown(String key) {
        return Settings.isKafkaProperty(key) || Settings.keys().containsKey(key);
    }

    /** Only Kafka's own properties can be secrets: {@code maxNewTokens} of a scheduler is none. */
    public static boolean isSecret(String key) {
        return Settings.isKafkaProperty(key)
                && (KafkaPropertyNames.isPassword(key)
                        || SECRET.matcher(key.toLowerCase(Locale.ROOT)).find());
    }

    private static String quoted(String value) {
        return PLAIN.matcher(value).matches() && !value.endsWith(":") && !value.equals("null")
                ? value
                : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
