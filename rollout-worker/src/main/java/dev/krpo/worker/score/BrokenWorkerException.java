package dev.krpo.worker.score;

/** The worker, not a task, is to blame, so it stops. */
public final class BrokenWorkerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BrokenWorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
