/**
 * The Jinja of chat templates. Maintained Java libraries were tried first: Jinjava renders neither namespaces, slices
 * with a step, Python's string methods nor Python's JSON spacing; hfjinja follows JavaScript instead of Python and
 * needs Java 21; jinja4j needs Java 25.
 */
package dev.krpo.policy.chat.jinja;
