package dev.krpo.broker;

/** Another process is using the directory; the message names it. */
public final class DirectoryInUseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DirectoryInUseException(String message) {
        super(message);
    }
}
