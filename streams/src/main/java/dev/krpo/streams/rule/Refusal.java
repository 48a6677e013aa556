package dev.krpo.streams.rule;

/**
 * Why a rollout goes to {@code dead-letters}.
 *
 * @param reason short, stable name
 * @param detail a sentence with the field, its value and the remedy
 */
public record Refusal(String reason, String detail) {}
