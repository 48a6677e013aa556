package dev.krpo.settings;

import java.util.List;

/** One setting: its key, type, default, range, unit and documentation. Created by the methods of a {@link Section}. */
public final class Setting<T> {

    private final String key;
    private final List<String> formerKeys;
    private final Kind<T> kind;
    private final T standard;
    private final String unit;
    private final String documentation;

    Setting(String key, List<String> formerKeys, Kind<T> kind, T standard, String unit, String documentation) {
        this.key = key;
        this.formerKeys = formerKeys;
        this.kind = kind;
        this.standard = standard;
        this.unit = unit;
        this.documentation = documentation;
        parse(kind.format().apply(standard), "the default");
    }

    /** The key, including the prefix of its section. */
    public String key() {
        return key;
    }

    /** Keys of earlier releases, which are still read. */
    public List<String> formerKeys() {
        return formerKeys;
    }

    /** The name of the type, for the settings document. */
    public String type() {
        return kind.name();
    }

    /** The valid values, for the settings document; empty if the type suffices. */
    public String values() {
        return kind.values();
    }

    /** The unit; empty if there is none. */
    public String unit() {
        return unit;
    }

    public String documentation() {
        return documentation;
    }

    /** The default. */
    public T standard() {
        return standard;
    }

    /** The default as text that {@link Config} reads. */
    String format(T value) {
        return kind.format().apply(value);
    }

    String standardText() {
        return format(standard);
    }

    /**
     * @param source for the message; empty if unknown
     * @throws InvalidSettingException naming source, key, value and remedy
     */
    T parse(String text, String source) {
        String trimmed = text.strip();
        try {
            return kind.parse().apply(trimmed);
        } catch (IllegalArgumentException e) {
            boolean plain = e.getMessage() == null || e instanceof NumberFormatException;
            throw new InvalidSettingException(
                    InvalidSettingException.message(
                            source,
                            key,
                            trimmed,
                            "use " + kind.expected()
                                    + (trimmed.matches("[+-]?\\d{10,}") && !type().equals("double")
                                            ? " that fits into " + type()
                                            : "")
                                    + (plain ? "" : "; " + e.getMessage())),
                    e);
        }
    }

    @Override
    public String toString() {
        return key;
    }
}
