package dev.krpo.policy.chat.jinja;

/** A template that cannot be parsed or rendered exactly; the message names construct, position and remedy. */
public final class TemplateException extends IllegalArgumentException {

    private final boolean positioned;

    TemplateException(String message) {
        this(message, null);
    }

    private TemplateException(String message, TemplateException cause) {
        super(message, cause);
        positioned = cause != null;
    }

    /** A construct of Jinja that this interpreter does not have. */
    static TemplateException unsupported(String construct) {
        return new TemplateException(construct + " is not supported; change the chat template");
    }

    /** The same error with the position of the tag; an inner position, which is closer to the cause, is kept. */
    TemplateException at(Source source, int offset) {
        return positioned ? this : new TemplateException(source.position(offset) + ": " + getMessage(), this);
    }
}
