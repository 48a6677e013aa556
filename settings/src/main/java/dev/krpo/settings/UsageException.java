package dev.krpo.settings;

/** Invalid user input; its message is the only line shown, and the exit code is 2. */
public final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message the problem (file, key, value) and the remedy */
    public UsageException(String message) {
        super(message);
    }

    /** @param message the problem and its reason */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
