package dev.krpo.settings;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Parses, formats and describes the values of one type.
 *
 * @param name of the type in the settings document
 * @param expected description for error messages: "use {@code expected}"
 * @param values description of the valid values for the settings document; empty if {@code name} suffices
 * @param parse throws {@link IllegalArgumentException} if the trimmed text is not a valid value
 * @param format the inverse of {@code parse}
 */
public record Kind<T>(
        String name, String expected, String values, Function<String, T> parse, Function<T, String> format) {

    static Kind<String> text(String expected, String values, String pattern) {
        return new Kind<>("text", expected, values, text -> matching(text, pattern), Function.identity());
    }

    static Kind<Optional<String>> optionalText() {
        return new Kind<>(
                "text",
                "text",
                "",
                text -> Optional.of(text).filter(given -> !given.isEmpty()),
                value -> value.orElse(""));
    }

    static Kind<Path> path() {
        return new Kind<>("path", "a path", "", text -> Path.of(matching(text, ".+")), Path::toString);
    }

    static Kind<String> choice(Collection<String> names) {
        return choice(List.copyOf(names), Function.identity(), Function.identity());
    }

    /** Constants by their names in lower case with hyphens: {@code LEAVE_ONE_OUT} is {@code leave-one-out}. */
    static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
        Function<E, String> format =
                value -> value.name().toLowerCase(Locale.ROOT).replace('_', '-');
        List<E> values = Arrays.asList(type.getEnumConstants());
        return choice(
                values.stream().map(format).toList(),
                text -> values.stream()
                        .filter(value -> format.apply(value).equals(text))
                        .findFirst()
                        .orElseThrow(),
                format);
    }

    private static <T> Kind<T> choice(List<String> names, Function<String, T> valueOf, Function<T, String> format) {
        String listed = String.join(", ", names);
        return new Kind<>(
                "choice",
                "one of " + listed,
                listed,
                text -> {
                    if (!names.contains(text)) {
                        throw new IllegalArgumentException(NearestName.of(text, names)
                                .map(name -> "did you mean " + name + "?")
                                .orElse(null));
                    }
                    return valueOf.apply(text);
                },
                format);
    }

    private static String matching(String text, String pattern) {
        if (!text.matches(pattern)) {
            throw new IllegalArgumentException();
        }
        return text;
    }
}
