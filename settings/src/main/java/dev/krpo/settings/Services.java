package dev.krpo.settings;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The implementations of one type that can be chosen by name: the built-in ones, and those in jars of users. */
public final class Services<T extends Named> {

    private final String noun;
    private final Provided<T> provided;

    private Services(String noun, Provided<T> provided) {
        this.noun = noun;
        this.provided = provided;
    }

    /**
     * Those on the class path of the type.
     *
     * @param noun that error messages call one of them
     */
    public static <T extends Named> Services<T> of(Class<T> type, String noun) {
        return of(type, noun, type.getClassLoader());
    }

    /** Those that a class loader finds. */
    public static <T extends Named> Services<T> of(Class<T> type, String noun, ClassLoader loader) {
        return new Services<>(noun, Provided.of(type, loader));
    }

    /** The built-in ones first, each jar's in the order of its {@code META-INF/services}. */
    public List<T> all() {
        return provided.services().stream().map(Provided.Service::instance).toList();
    }

    /** In alphabetical order. */
    public SortedSet<String> names() {
        return all().stream().map(Named::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Each with the line that describes it, for the documentation of a setting. */
    public String described() {
        return all().stream()
                .map(one -> one.description().isBlank() ? one.name() : one.name() + " = " + one.description())
                .collect(Collectors.joining("; "));
    }

    /**
     * The one of this name.
     *
     * @throws IllegalArgumentException if none exists, listing the available ones and the jars whose ones cannot be
     *     used; or if several have the name, with their locations
     */
    public T named(String name) {
        List<Provided.Service<T>> named = provided.services().stream()
                .filter(service -> service.instance().name().equals(name))
                .toList();
        if (named.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no " + noun + " \"" + name + "\"; use one of " + described() + "; or " + remedy(name));
        }
        if (named.size() > 1) {
            throw new IllegalArgumentException(named.size() + " " + noun + "s are named \"" + name + "\": "
                    + named.stream().map(Provided.Service::toString).collect(Collectors.joining(" and "))
                    + "; remove the unwanted jar, or rename one of them");
        }
        return named.get(0).instance();
    }

    /**
     * The one that a setting names, for a role that uses it: other roles read the same file and may lack its jar.
     *
     * @throws InvalidSettingException naming the setting, its value and the remedy
     */
    public T chosen(Config config, Setting<String> setting) {
        try {
            return named(config.get(setting));
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingException(config, setting, e.getMessage());
        }
    }

    /** Values of a setting that selects one. */
    Kind<String> kind() {
        SortedSet<String> names = names();
        Kind<String> choice = Kind.choice(names);
        return new Kind<>(choice.name(), choice.expected(), choice.values(), this::checked, choice.format());
    }

    private String checked(String name) {
        if (names().contains(name)) {
            return named(name).name();
        }
        throw new IllegalArgumentException(NearestName.of(name, names())
                        .map(nearest -> "did you mean " + nearest + "? Or ")
                        .orElse("or ")
                + remedy(name));
    }

    /** How to make one available that is not, and the jars whose ones cannot be used. */
    public String remedy(String name) {
        String remedy = "put the jar that provides " + name + " into the folder plugins beside the krpo launcher, or on"
                + " KRPO_CLASSPATH";
        return provided.faults().isEmpty()
                ? remedy
                : remedy + "; cannot be used: " + String.join("; ", provided.faults());
    }
}
