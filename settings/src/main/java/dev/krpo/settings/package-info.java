/**
 * Typed settings: each is defined once, beside the class that uses it, and read from a
 * {@link dev.krpo.settings.Config}.
 */
package dev.krpo.settings;
