package dev.krpo.trainer.replay;

/** A replay that is impossible with the available log and checkpoints; the message names the missing part. */
public final class ReplayException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ReplayException(String message) {
        super(message);
    }
}
