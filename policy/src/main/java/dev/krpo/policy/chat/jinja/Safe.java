package dev.krpo.policy.chat.jinja;

/**
 * Result of the filter {@code safe}. It can be printed; Python would escape HTML in other uses, so these are rejected.
 */
record Safe(String text) {}
