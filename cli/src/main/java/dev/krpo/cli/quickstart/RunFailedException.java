package dev.krpo.cli.quickstart;

/** The run came to nothing; the message says why. */
final class RunFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param cause what a role failed with, or null */
    RunFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
