package dev.krpo.policy.checkpoint;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** A checkpoint that cannot be written, is missing, or is not the one that was announced. */
public final class CheckpointException extends RuntimeException {

    /** @param message the fault: file, expected and actual value */
    public CheckpointException(String message) {
        super(message);
    }

    /** @param message the fault, with its reason */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The reason that a file could not be read or written, without an exception class name. */
    static String reason(Exception failure) {
        Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
        String message = String.valueOf(cause.getMessage());
        // The message of these two exceptions is only the file name.
        if (cause instanceof AccessDeniedException) {
            return message + ": permission denied";
        }
        return cause instanceof NoSuchFileException ? message + ": no such file or directory" : message;
    }
}
