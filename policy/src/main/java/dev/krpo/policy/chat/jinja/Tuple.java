package dev.krpo.policy.chat.jinja;

import java.util.List;

/** A Python tuple, which differs from a list in printing and in comparisons. */
record Tuple(List<Object> items) {}
