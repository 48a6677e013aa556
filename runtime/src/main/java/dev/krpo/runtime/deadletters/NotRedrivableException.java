package dev.krpo.runtime.deadletters;

/** A letter cannot be redriven; the message says why. */
final class NotRedrivableException extends Exception {

    private static final long serialVersionUID = 1L;

    NotRedrivableException(String message) {
        super(message);
    }
}
