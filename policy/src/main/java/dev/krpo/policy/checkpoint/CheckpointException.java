package dev.krpo.policy.checkpoint;

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
}
