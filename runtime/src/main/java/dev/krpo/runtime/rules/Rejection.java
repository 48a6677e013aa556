package dev.krpo.runtime.rules;

/**
 * The rule that makes a record unusable.
 *
 * @param reason short, stable name
 * @param detail a sentence with the field, its value and the remedy
 */
public record Rejection(String reason, String detail) {}
