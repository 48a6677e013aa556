package dev.krpo.cli.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, without the name of a class. */
public final class Reason {

    private Reason() {}

    /** Why a file could not be read or written. */
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

    /**
     * What the failure says, or the cause whose words it has only borrowed, as exceptions do that merely wrap another
     * one; null if none of them says anything.
     */
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
