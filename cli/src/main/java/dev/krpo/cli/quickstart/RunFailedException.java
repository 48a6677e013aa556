package dev.krpo.cli.quickstart;

/** The run failed; the message says why. */
final class RunFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param cause the failure of a role, or null */
    RunFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
