package dev.krpo.cli.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why a file could not be read or written, without the name of a class. */
public final class Reason {

    private Reason() {}

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
}
