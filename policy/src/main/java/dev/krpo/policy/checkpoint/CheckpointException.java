package dev.krpo.policy.checkpoint;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** A checkpoint that cannot be written, is missing, or is not the one that was announced. */
public final class CheckpointException extends RuntimeException {

    /** What is wrong: file, expected, actual. */
    public CheckpointException(String message) {
        super(message);
    }

    /** What is wrong, and why. */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Why a file could not be read or written, without the name of a class. */
    static String reason(Exception failure) {
        Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
        String message = String.valueOf(cause.getMessage());
        // The message of these two is the file alone.
        if (cause instanceof AccessDeniedException) {
            return message + ": permission denied";
        }
        return cause instanceof NoSuchFileException ? message + ": no such file or directory" : message;
    }
}
