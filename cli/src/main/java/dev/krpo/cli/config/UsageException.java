package dev.krpo.cli.config;

/** What the user gave cannot be used; the message is the one line shown, and the exit code is 2. */
public final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What is wrong (file, key, value) and the remedy. */
    public UsageException(String message) {
        super(message);
    }

    /** What is wrong, and why. */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
