package dev.krpo.runtime.topic;

/** Topics are missing or have the wrong partition count; the message lists each with the remedy. */
public final class TopicsNotReadyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TopicsNotReadyException(String message) {
        super(message);
    }
}
