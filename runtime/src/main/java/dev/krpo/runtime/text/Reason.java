package dev.krpo.runtime.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** The reason for a failure, without class names. */
public final class Reason {

    private Reason() {}

    /** The reason why a file could not be read or written. */
    public static String of(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        return failure instanceof FileSystemException inFileSystem && inFileSystem.getReason() != null
                ? inFileSystem.getReason()
                : String.valueOf(failure.getMessage());
    }

    /** The message of the failure, or of the cause that it merely wraps; null if none has a message. */
    public static String message(Throwable failure) {
        Throwable cause = failure.getCause();
        String message = failure.getMessage();
        if (cause != null && (message == null || message.equals(cause.toString()))) {
            return message(cause);
        }
        return failure instanceof FileSystemException inFileSystem && inFileSystem.getFile() != null
                ? inFileSystem.getFile() + ": " + of(inFileSystem)
                : message;
    }
}
