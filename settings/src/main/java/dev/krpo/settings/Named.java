package dev.krpo.settings;

/**
 * An implementation that users choose by name. It is a service, as {@link java.util.ServiceLoader} defines it: a public
 * class with a public constructor without parameters, named in the {@code META-INF/services} of its jar.
 */
public interface Named {

    /** The value of the setting that selects it. */
    String name();

    /** One line for users who choose; may be empty. */
    String description();
}
