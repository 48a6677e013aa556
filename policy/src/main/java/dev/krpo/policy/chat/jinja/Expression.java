package dev.krpo.policy.chat.jinja;

/** A part of a template that has a value. */
interface Expression {

    /**
     * The value among these variables; {@code null} is None.
     *
     * @throws TemplateException if Python would raise an error, or if it cannot be computed exactly
     */
    Object evaluate(Scope scope);
}
