package dev.krpo.worker;

/** The worker, not a task, is to blame, so it stops. */
final class BrokenWorkerException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BrokenWorkerException(String message, Throwable cause) {
        super(message, cause);
    }
}
