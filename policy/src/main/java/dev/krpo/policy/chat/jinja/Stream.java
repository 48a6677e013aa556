package dev.krpo.policy.chat.jinja;

import java.util.Iterator;

/** A Python generator, such as the result of the filter {@code map}: its items can be read once. */
record Stream(Iterator<Object> items) {}
