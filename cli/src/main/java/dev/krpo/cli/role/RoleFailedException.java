package dev.krpo.cli.role;

/** A role ended by a failure of its own; the cause is what it kept. */
public final class RoleFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RoleFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
