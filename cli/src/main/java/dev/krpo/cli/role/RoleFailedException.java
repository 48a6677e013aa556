package dev.krpo.cli.role;

/** A role failed; the cause is the role's own failure. */
public final class RoleFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RoleFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
