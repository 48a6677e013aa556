package dev.krpo.settings;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes what users choose by name from their settings.
 *
 * @param <T> what it makes
 */
public interface Choice<T> extends Named {

    /** The settings that it reads besides those of every choice, in the order of the settings document. */
    default List<Section> settings() {
        return List.of();
    }

    /**
     * A new one as configured.
     *
     * @throws InvalidSettingException naming the setting, its value and the remedy
     */
    T create(Config config);

    /** {@code shared}, then the sections of the choices; each once. */
    static List<Section> sections(Section shared, Collection<? extends Choice<?>> choices) {
        return Stream.concat(Stream.of(shared), choices.stream().flatMap(choice -> choice.settings().stream()))
                .distinct()
                .toList();
    }
}
