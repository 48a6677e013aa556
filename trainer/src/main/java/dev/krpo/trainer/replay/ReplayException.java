package dev.krpo.trainer.replay;

/** A replay that the log or the checkpoints cannot serve; the message says what is missing. */
public final class ReplayException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ReplayException(String message) {
        super(message);
    }
}
