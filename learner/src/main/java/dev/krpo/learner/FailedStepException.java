package dev.krpo.learner;

import java.io.Serial;

/** A step that failed before anything was updated: parameters, optimizer and gradients are unchanged. */
public final class FailedStepException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean notFinite;

    private FailedStepException(boolean notFinite, String message, Throwable cause) {
        super(message, cause);
        this.notFinite = notFinite;
    }

    public static FailedStepException notFinite(String message) {
        return new FailedStepException(true, message, null);
    }

    /** Wraps a failure of the forward or backward pass, such as an engine that is out of memory. */
    public static FailedStepException because(Throwable cause) {
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        // The engine appends its own stack trace to its messages.
        return new FailedStepException(
                false,
                "forward or backward failed: " + message.lines().findFirst().orElse("")
                        + "; if memory ran out, lower trainer.batchSize or scheduler.maxNewTokens",
                cause);
    }

    /** True if the gradient overflowed or is NaN; otherwise it could not be computed. */
    public boolean notFinite() {
        return notFinite;
    }
}
