package dev.krpo.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Settings under one heading of the settings document. Define them all in the class that holds the section, so that the
 * section is complete whenever it is accessible.
 */
public final class Section {

    static final String BUILT_IN = "krpo";

    private final String prefix;
    private final String title;
    private final String readers;
    private final List<Setting<?>> settings = new ArrayList<>();
    private String origin = "";

    private Section(String prefix, String title, String readers) {
        this.prefix = prefix;
        this.title = title;
        this.readers = readers;
    }

    /**
     * @param prefix of every key, without the dot; several sections may share one
     * @param title of the heading
     * @param readers the roles that read these settings, such as "streams, trainer"
     */
    public static Section of(String prefix, String title, String readers) {
        return new Section(prefix, title, readers);
    }

    public String title() {
        return title;
    }

    public String readers() {
        return readers;
    }

    /** Names the service that the section belongs to; the first one wins, since services may share a section. */
    void from(String service) {
        origin = origin.isEmpty() ? service : origin;
    }

    /** The class and the jar of a user that the section comes from, or {@link #BUILT_IN}. */
    String origin() {
        return origin.isEmpty() ? BUILT_IN : origin;
    }

    /** The settings in order of definition. */
    public List<Setting<?>> settings() {
        return List.copyOf(settings);
    }

    /** A 32-bit integer. */
    public NumberDraft<Integer> integer(String name, int standard) {
        return new NumberDraft<>(this, name, standard, "int", Integer::valueOf);
    }

    /** A 64-bit integer. */
    public NumberDraft<Long> integer(String name, long standard) {
        return new NumberDraft<>(this, name, standard, "long", Long::valueOf);
    }

    /** A finite number, unless {@link NumberDraft#orInfinity()} admits infinity as well. Never NaN. */
    public NumberDraft<Double> number(String name, double standard) {
        return new NumberDraft<>(this, name, standard, "double", Double::valueOf);
    }

    /** Non-empty text. */
    public Draft<String> text(String name, String standard) {
        return value(name, standard, Kind.text("text that is not empty", "", ".+"));
    }

    /**
     * Text that matches a pattern.
     *
     * @param pattern that it matches
     * @param form description of the pattern, such as "letters and digits"
     */
    public Draft<String> text(String name, String standard, String pattern, String form) {
        return value(name, standard, Kind.text(form, form, pattern));
    }

    /** Text without a default; empty text counts as not given. */
    public Draft<Optional<String>> optionalText(String name) {
        return value(name, Optional.empty(), Kind.optionalText());
    }

    /** A file or directory, relative to the working directory of the process. */
    public Draft<Path> path(String name, String standard) {
        return value(name, Path.of(standard), Kind.path());
    }

    /** One constant of an enum, by its name in lower case with hyphens. */
    public <E extends Enum<E>> Draft<E> choice(String name, E standard) {
        return value(name, standard, Kind.choice(standard.getDeclaringClass()));
    }

    /** One of {@code names}. */
    public Draft<String> choice(String name, String standard, Collection<String> names) {
        return value(name, standard, Kind.choice(names));
    }

    /** The name of one of {@code services}. */
    public Draft<String> choice(String name, String standard, Services<?> services) {
        return value(name, standard, services.kind());
    }

    /** A value of a custom type. */
    public <T> Draft<T> value(String name, T standard, Kind<T> kind) {
        return new Draft<>(this, name, standard, kind);
    }

    String key(String name) {
        return prefix + "." + name;
    }

    void add(Setting<?> setting) {
        if (settings.stream().anyMatch(other -> other.key().equals(setting.key()))) {
            throw new IllegalStateException(setting.key() + " is defined twice");
        }
        settings.add(setting);
    }
}
