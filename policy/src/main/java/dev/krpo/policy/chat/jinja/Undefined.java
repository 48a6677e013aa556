package dev.krpo.policy.chat.jinja;

/**
 * A missing variable or attribute. As in Jinja, it prints as nothing, is false, has no items, and any other use of it
 * is an error.
 *
 * @param reason for the message of that error
 */
record Undefined(String reason) {

    TemplateException error() {
        return new TemplateException(reason);
    }

    /** All of them are equal, as in Jinja. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return Undefined.class.hashCode();
    }
}
