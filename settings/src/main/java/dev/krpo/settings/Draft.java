package dev.krpo.settings;

import java.util.List;

/** A setting being defined; {@link #doc} completes it. */
public class Draft<T> {

    private final Section section;
    private final String name;
    private final T standard;
    private final Kind<T> kind;
    private String unit = "";
    private List<String> formerKeys = List.of();

    Draft(Section section, String name, T standard, Kind<T> kind) {
        this.section = section;
        this.name = name;
        this.standard = standard;
        this.kind = kind;
    }

    Kind<T> kind() {
        return kind;
    }

    /** @param text such as "ms", "tokens" or "reward range squared" */
    public Draft<T> unit(String text) {
        unit = text;
        return this;
    }

    /** @param keys former keys of the setting, including their prefix; they are still read */
    public Draft<T> formerly(String... keys) {
        formerKeys = List.of(keys);
        return this;
    }

    /**
     * Completes the setting and adds it to its section.
     *
     * @param text its effect, in complete sentences, without range and unit
     */
    public Setting<T> doc(String text) {
        Setting<T> setting = new Setting<>(section.key(name), formerKeys, kind(), standard, unit, text);
        section.add(setting);
        return setting;
    }
}
