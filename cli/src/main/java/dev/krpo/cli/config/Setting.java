package dev.krpo.cli.config;

/**
 * One given setting.
 *
 * @param value as text, the way Kafka's configuration takes it
 * @param source where it was given: {@code file:line} or the option
 */
public record Setting(String value, String source) {}
