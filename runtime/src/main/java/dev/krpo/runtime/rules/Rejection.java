package dev.krpo.runtime.rules;

/**
 * Why a record cannot be used.
 *
 * @param reason short, stable name
 * @param detail a sentence with the field, its value and the remedy
 */
public record Rejection(String reason, String detail) {}
