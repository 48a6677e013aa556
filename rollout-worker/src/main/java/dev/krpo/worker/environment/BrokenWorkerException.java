package dev.krpo.worker.environment;

/** The fault is the worker's and not a task's, so the worker stops. */
public final class BrokenWorkerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public BrokenWorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
