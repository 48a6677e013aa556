package dev.krpo.policy.chat.jinja;

import java.util.List;

/**
 * Items that can be counted and read repeatedly but not printed: a range, or the keys, values or items of a mapping.
 */
record View(List<Object> items, boolean indexable) {}
